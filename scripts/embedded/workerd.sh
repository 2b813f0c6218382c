#!/bin/sh
# Becomes workerd, and first writes down its process id: the runtime outlives a server that was killed.
# Ctrl+C in a terminal reaches every process; the server stops the runtime itself, when its work has ended.
trap '' HUP INT TERM
if [ -n "$THROUGHLINE_WORKERD_PID" ]; then echo $$ >"$THROUGHLINE_WORKERD_PID"; fi
exec "$THROUGHLINE_WORKERD" "$@"
