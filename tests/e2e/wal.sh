#!/bin/bash
# What an SQLite database had not taken in from its write-ahead log is read with it: in a folder, in an archive, and as far as it was committed.
set -u
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/scans.sh
. "$LEAKTRAWL_SOURCE/tests/lib/scans.sh"
need zip tar jq python3
enter_work
make_home
found() { scan_found "$@" | sort; }

# A live database, copied while it is open. The log holds: a row that grew the file, a row since changed, one rolled back.
mkdir live
python3 - <<'END'
import shutil, sqlite3
def rows(database, *values):
    database.executemany("INSERT INTO users VALUES (?, ?)", values)
    database.commit()
database = sqlite3.connect("open.db")
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA wal_autocheckpoint = 0")
database.execute("CREATE TABLE users (email TEXT, password TEXT)")
rows(database, ("a.tern@royal-post.example", "Taken-in-1"))
database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
rows(database, *(("x%d@other.test" % i, "nope%d" % i) for i in range(900)), ("b.tern@royal-post.example", "Logged-2"))
database.execute("UPDATE users SET password = 'Logged-3' WHERE email LIKE 'a.tern%'")
database.commit()
database.execute("PRAGMA cache_size = 1")
database.executemany("INSERT INTO users VALUES (?, ?)", [("c%d.tern@royal-post.example" % i, "Never-%d" % i) for i in range(3000)])
shutil.copy("open.db", "live/app.db")
shutil.copy("open.db-wal", "live/app.db-wal")
database.rollback()
END
table='app.db!/users'
is "beside the database in a folder" "$(found live | grep 'app.db!')" "live/$table:Logged-2
live/$table:Logged-3"
is "... for a file asked for by its name, too" "$(found live/app.db)" "live/$table:Logged-2
live/$table:Logged-3"
(cd live && zip -q ../in.zip app.db app.db-wal && tar cf ../other.tar app.db-wal app.db)
is "in an archive" "$(driver_found in.zip | grep 'app.db!' | sort)" "in.zip!/$table:Logged-2
in.zip!/$table:Logged-3"
is "in whatever order" "$(driver_found other.tar | grep 'app.db!' | sort)" "other.tar!/$table:Logged-2
other.tar!/$table:Logged-3"
is "without its log a database is what it was" "$(driver_found live/app.db)" "live/$table:Taken-in-1"
mkdir grown && cp live/app.db grown
indexed() { lt scan --no-alert --format jsonl grown 2>/dev/null | jq -r .account; }
is "into an index" "$(indexed)" "a.tern@royal-post.example"
cp live/app.db-wal grown
is "... a database that has got a log since is read again" "$(indexed | sort -u)" "a.tern@royal-post.example
b.tern@royal-post.example"
is "... and once" "$(indexed)" ""
mkdir torn apart garbage
cp live/app.db torn
head -c 9000 live/app.db-wal >torn/app.db-wal
is "a log that ends before a transaction does" "$(found torn | grep 'app.db!')" "torn/$table:Taken-in-1"
cp live/app.db garbage
{ head -c 32 live/app.db-wal && head -c 100000 /dev/urandom; } >garbage/app.db-wal
is "a log of garbage" "$(found garbage | grep 'app.db!')" "garbage/$table:Taken-in-1"
cp live/app.db apart/app.db
cp live/app.db-wal apart/other.db-wal
is "another database's log" "$(found apart | grep 'app.db!')" "apart/$table:Taken-in-1"
like "a log past what can be held is told" "$(driver_missed --limit held_bytes=20000 in.zip)" "CAUSE_LIMIT"
done_testing
