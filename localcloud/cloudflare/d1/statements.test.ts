import { statementsIn } from './statements.ts'

test.each([
  ['select 1; select 2', ['select 1', 'select 2']],
  ['  ; -- nothing\n ;', []],
  ['select \';\' ; select "a;b", [c;d], `e;f`', ["select ';'", 'select "a;b", [c;d], `e;f`']],
  ["select 'it''s;' -- ; no\n;select /* ; */ 2;", ["select 'it''s;' -- ; no", 'select /* ; */ 2']],
  [
    'create trigger t after insert on a begin insert into b values (1); select 2; end; select 3;',
    ['create trigger t after insert on a begin insert into b values (1); select 2; end', 'select 3'],
  ],
  [
    'CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; END;',
    ['CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; END'],
  ],
  ['create table "trigger" (a); insert into t values (1)', ['create table "trigger" (a)', 'insert into t values (1)']],
])('%s', (text, statements) => {
  expect(statementsIn(text)).toEqual(statements)
})
