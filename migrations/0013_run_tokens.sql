-- Whatever ends a token ends the run tokens that it gave.
create trigger api_tokens_children after delete on api_tokens begin delete from api_tokens where parent_id = old.id; end;
