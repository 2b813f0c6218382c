#!/bin/sh
# Becomes workerd, and first writes down its process id: the runtime outlives a server that was killed.
echo $$ >"$THROUGHLINE_WORKERD_PID"
exec "$THROUGHLINE_WORKERD" "$@"
