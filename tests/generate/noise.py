"""Other people's bytes to hide a case in: lists, prose, logs, binary. Seeded, so that a run can be repeated."""
import random

FIRST = "anna bob carla dmitri elif farid greta hugo ines jonas kemal lena marta nils olga pavel quinn rosa sven tomas ulla vera wim yara zoe".split()
LAST = "abel bakker costa dahl evans fischer gupta hahn ivanov jansen kowal lopez moreau novak olsen petrov rossi silva tanaka weber".split()
HOSTS = "shop.test forum.test games.test mailbox.test cloud.test news.test bank.test stream.test".split()
PATHS = ["", "/", "/login", "/account/signin", "/wp-login.php", "/user?id=7", "/en/auth"]
WORDS = ("the harbour office opens at nine and the ferry leaves when the tide allows it while most of the crew sleeps below deck after a night "
	"of rain nobody asked about cargo papers or who had signed for them before winter came to stay with wind from north east").split()


def _word(rnd):
	return rnd.choice(FIRST) + rnd.choice(["", ".", "_", "-"]) + rnd.choice(LAST) + rnd.choice(["", str(rnd.randrange(100))])


def _password(rnd):
	letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	return rnd.choice([
		lambda: rnd.choice(WORDS).title() + str(rnd.randrange(10000)) + rnd.choice("!?#*.$"),
		lambda: "".join(rnd.choice(letters) for _ in range(rnd.randrange(8, 13))),
		lambda: rnd.choice(FIRST) + str(rnd.randrange(1950, 2015)),
	])()


def combos(rnd):
	return f"{_word(rnd)}@{rnd.choice(HOSTS)}:{_password(rnd)}\n"


def logins(rnd):
	return f"https://{rnd.choice(['www.', 'm.', 'id.', ''])}{rnd.choice(HOSTS)}{rnd.choice(PATHS)}:{_word(rnd)}:{_password(rnd)}\n"


def prose(rnd):
	sentence = " ".join(rnd.choice(WORDS) for _ in range(rnd.randrange(6, 18))).capitalize()
	return sentence + rnd.choice([". ", ". ", "? ", ".\n", ".\n\n"])


def logs(rnd):
	address = ".".join(str(rnd.randrange(1, 255)) for _ in range(4))
	return rnd.choice([
		lambda: f'{address} - - [{rnd.randrange(1, 29):02}/May/2026:10:{rnd.randrange(60):02}:07 +0000] "GET /{rnd.choice(WORDS)}/{rnd.randrange(999)} HTTP/1.1" '
			f'200 {rnd.randrange(99999)} "https://{rnd.choice(HOSTS)}/" "Mozilla/5.0 (X11; Linux x86_64)"\n',
		lambda: f"May {rnd.randrange(1, 29):2} 10:{rnd.randrange(60):02}:11 node{rnd.randrange(9)} sshd[{rnd.randrange(9999)}]: Failed password for {_word(rnd)} "
			f"from {address} port {rnd.randrange(65000)} ssh2\n",
		lambda: f"2026-05-{rnd.randrange(1, 29):02}T10:{rnd.randrange(60):02}:21Z INFO  worker={rnd.randrange(9)} took={rnd.randrange(900)}ms "
			f"path=/{rnd.choice(WORDS)}/{rnd.choice(WORDS)}\n",
	])()


KINDS = {"combos": combos, "logins": logins, "prose": prose, "logs": logs}


def make(kind, size, seed):
	"""At least size bytes that begin and end with a line, or any bytes."""
	rnd = random.Random(f"{kind} {seed}")
	if kind == "binary":
		made = bytearray()
		while len(made) < size:
			made += rnd.randbytes(rnd.randrange(20, 4000))
			made += rnd.choice([b"\0" * rnd.randrange(64), b"/lib64/ld-linux-x86-64.so.2\0GLIBC_2.34\0", b"\x7fELF\2\1\1\0", b".text\0.data\0.bss\0"])
		return bytes(made) + b"\n"
	lines, made = [], 0
	while made < size:
		lines.append(KINDS[kind](rnd))
		made += len(lines[-1])
	text = "".join(lines)
	return (text if text.endswith("\n") else text + "\n").encode()
