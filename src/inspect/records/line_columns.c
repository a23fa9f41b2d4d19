#include "inspect/records/line_columns.h"

#include "inspect/records/line_bytes.h"
#include "inspect/records/line_work.h"
#include "limits/limits.h"
#include "shared/byteset.h"
#include "shared/mem.h"

enum {
	COLUMNS = 3,
	SIDE_LINES = 20,  /* looked at to either side */
	LINE_BYTES = 400, /* a longer line belongs to no such list */
	BLANK_RUN = 2,    /* so many blank lines in a row part one list from another */
	PHRASE_WORDS = 4, /* of a secret */
	STRANGE_RUN = 2,  /* so many lines of something else end the list */
	SECRET_LEAST = 3, /* bytes of a plain word that is one */
	HEX_LEAST = 7,    /* digits of a number of a version */
	AGREEING = 2,     /* so many lines around are a list */
};

/* Longer ones first: what they begin with is one, too. `lone` ones may part a log-in from its secret without a URL: readers of one line
 * know the others. */
static const struct separator {
	const char *text;
	bool lone;
} separators[] = {{" => ", false}, {" -> ", false}, {" >> ", true}, {" :: ", false}, {" || ", false}, {" | ", false}, {" ; ", false},
	{" , ", false}, {" - ", false}, {" / ", false}, {" ~ ", true}, {" # ", true}, {" = ", false}, {" > ", false}, {" : ", false},
	{"\t\t", false}, {"=>", false}, {"->", false}, {">>", true}, {"::", false}, {"||", false}, {";;", false}, {"--", true},
	{"~~", true}, {"##", true}, {"**", true}, {"|", false}, {";", false}, {"\t", false}, {"~", true}, {"^", true}, {"#", true},
	{"*", true}, {">", true}, {"=", false}, {"\\", true}, {",", false}, {":", false}, {" ", false}};

struct row {
	struct slice cells[COLUMNS];
	size_t count; /* COLUMNS + 1: more */
};

/* ---- one line --------------------------------------------------------------------------------------- */

/* The colon of "https://", and of a port that a path follows. */
static bool is_of_url(struct slice line, size_t at)
{
	size_t digit = at + 1;

	if (line.data[at] != ':' || at + 1 >= line.len)
		return false;
	while (digit < line.len && line.data[digit] >= '0' && line.data[digit] <= '9')
		digit++;
	return slice_starts_nocase(slice_from(line, at), "://") ||
	       (digit > at + 1 && digit <= at + 6 && digit < line.len && line.data[digit] == '/');
}

/* Where the separator stands at or behind `at`; line.len where it does not. */
static size_t separator_next(struct slice line, size_t at, struct slice separator)
{
	for (; at < line.len; at++) {
		at += slice_find_byte(slice_from(line, at), separator.data[0]);
		if (at + separator.len <= line.len && memcmp(line.data + at, separator.data, separator.len) == 0 && !is_of_url(line, at))
			return at;
	}
	return line.len;
}

static void row_split(struct slice line, struct slice separator, struct row *row)
{
	size_t from = 0;

	row->count = 0;
	for (;;) {
		size_t end = separator_next(line, from, separator);

		if (row->count < COLUMNS)
			row->cells[row->count] = line_unquote(slice_trim(line_between(line, from, end)));
		if (row->count++ == COLUMNS || end == line.len)
			return;
		from = end + separator.len;
		while (separator.data[separator.len - 1] == ' ' && from < line.len && line.data[from] == ' ')
			from++;
	}
}

/* A URL, or a host with or without a page. */
static bool is_service(struct slice cell)
{
	struct token_url url;

	if (token_is_email(cell) || slice_find_byte(cell, ' ') < cell.len || !token_url(cell, 0, &url) || url.secret_to > 0)
		return false;
	if (url.scheme)
		return url.authority_end == cell.len || one_of(cell.data[url.authority_end], "/?#");
	return !url.address && token_is_host(slice_until(cell, slice_find_byte(slice_until(cell, url.authority_end), ':'))) &&
	       (url.authority_end == cell.len || cell.data[url.authority_end] == '/');
}

/* ---- the lines around --------------------------------------------------------------------------------- */

struct around {
	struct slice lines[2 * SIDE_LINES];
	size_t above, count; /* the ones above come first, the nearest first */
};

static void around_add(struct around *around, struct slice line, int *blanks)
{
	size_t start;

	*blanks = slice_trim(line).len == 0 ? *blanks + 1 : 0;
	if (*blanks == 0)
		around->lines[around->count++] = line.len <= LINE_BYTES ? line_clean(line, &start) : SLICE_NONE;
}

static void around_read(struct slice text, size_t from, size_t to, struct around *around)
{
	int blanks = 0;

	around->count = 0;
	for (size_t at = from; at > 0 && around->count < SIDE_LINES && blanks < BLANK_RUN;) {
		const char *before = at > 1 ? memrchr(text.data, '\n', at - 1) : NULL;
		size_t begin = before != NULL ? (size_t)(before - text.data) + 1 : 0;

		around_add(around, line_between(text, begin, at - 1), &blanks);
		at = begin;
	}
	around->above = around->count;
	blanks = 0;
	to += slice_find_byte(slice_from(text, to < text.len ? to : text.len), '\n'); /* a carriage return may stand before it */
	for (size_t at = to + 1; at < text.len && around->count < around->above + SIDE_LINES && blanks < BLANK_RUN;) {
		struct slice rest = slice_from(text, at);
		size_t len = slice_find_byte(rest, '\n');

		around_add(around, slice_until(rest, len), &blanks);
		at += len + 1;
	}
}

/* What the cells of a column are, counted over the lines that agree. */
struct column {
	unsigned mails, secrets, logins;
	unsigned numbered; /* "comment-12" beside "comment-14", 3fa9c1d beside 77e01bb, or the same again: a name or a number */
};

/* Whether both begin alike up to their numbers, or are such numbers. */
static bool numbers_alike(struct slice a, struct slice b)
{
	size_t alike = 0, hex = 0;

	if (slice_equal(a, b))
		return true;
	while (alike < a.len && alike < b.len && a.data[alike] == b.data[alike] && (a.data[alike] < '0' || a.data[alike] > '9'))
		alike++;
	if (alike >= 2 && line_all_digits(slice_from(a, alike)) && line_all_digits(slice_from(b, alike)))
		return true;
	while (hex < a.len && hex < b.len && is_hex(a.data[hex]) && is_hex(b.data[hex]))
		hex++;
	return hex >= HEX_LEAST && hex == a.len && hex == b.len;
}

struct agreement {
	unsigned rows, others; /* others: amid the list */
	struct column columns[COLUMNS];
};

static void agreement_add(struct agreement *agreement, const struct work *work, const struct row *own, const struct row *row)
{
	agreement->rows++;
	for (size_t i = 0; i < row->count; i++) {
		struct column *column = &agreement->columns[i];
		struct slice cell = row->cells[i];

		column->mails += token_is_email(cell);
		column->secrets += token_look(cell) >= LOOK_NUMBER && !token_is_email(cell);
		column->logins += line_login_evidence(work, cell) >= -1;
		column->numbered += numbers_alike(own->cells[i], cell);
	}
}

/* A line of the same list has its services where the line has them: prose has as many words by chance. */
static bool rows_alike(const struct row *own, const struct row *row)
{
	if (row->count != own->count)
		return false;
	for (size_t i = 0; i < own->count; i++)
		if (is_service(own->cells[i]) != is_service(row->cells[i]))
			return false;
	return true;
}

/* Goes from the line outwards, to either side, until two lines in a row are none of the list. */
static void agreement_find(
	struct agreement *agreement, const struct work *work, const struct around *around, struct slice separator, const struct row *own)
{
	struct row row;
	unsigned run = 0;

	*agreement = (struct agreement){0};
	for (size_t i = 0; i < around->count; i++) {
		run = i == around->above ? 0 : run;
		if (run >= STRANGE_RUN)
			continue;
		row_split(around->lines[i], separator, &row);
		if (!rows_alike(own, &row)) {
			run++;
			continue;
		}
		agreement->others += run;
		agreement_add(agreement, work, own, &row);
		run = 0;
	}
}

/* ---- roles ---------------------------------------------------------------------------------------------- */

struct roles {
	size_t service, login, secret; /* COLUMNS: none */
};

static bool most(unsigned count, unsigned rows)
{
	return count * 4 >= rows * 3;
}

/* Which of two columns are the log-ins: the addresses; what looks less like secrets; the first one. */
static size_t login_of(const struct agreement *agreement, size_t a, size_t b)
{
	const struct column *first = &agreement->columns[a], *second = &agreement->columns[b];

	if (first->mails * 2 > agreement->rows || second->mails * 2 > agreement->rows)
		return second->mails > first->mails ? b : a;
	return first->secrets >= second->secrets + (agreement->rows > 8 ? agreement->rows / 4 : 2) ? b : a;
}

static bool holds_secrets(const struct agreement *agreement, size_t i)
{
	return agreement->columns[i].secrets * 2 >= agreement->rows && agreement->columns[i].numbered * 2 < agreement->rows;
}

/* The one column that is a URL or a host; COLUMNS: none, or more than one. */
static size_t service_of(const struct row *row)
{
	size_t service = COLUMNS;

	for (size_t i = 0; i < row->count; i++) {
		if (is_service(row->cells[i]) && service < COLUMNS)
			return COLUMNS;
		if (is_service(row->cells[i]))
			service = i;
	}
	return service;
}

static bool roles_find(const struct agreement *agreement, const struct row *own, const struct separator *separator, struct roles *roles)
{
	const struct column *columns = agreement->columns;

	*roles = (struct roles){service_of(own), 0, 1};
	if (own->count == 2)
		return separator->lone && roles->service == COLUMNS && most(columns[0].mails, agreement->rows) &&
		       holds_secrets(agreement, 1);
	if (roles->service == COLUMNS)
		return false;
	size_t a = roles->service == 0 ? 1 : 0, b = roles->service == 2 ? 1 : 2;
	roles->login = login_of(agreement, a, b);
	roles->secret = a + b - roles->login;
	/* "[1] Title https://..." parts by blanks, too */
	unsigned logins = strcmp(separator->text, " ") == 0 ? columns[roles->login].mails : columns[roles->login].logins;
	return most(logins, agreement->rows) && holds_secrets(agreement, roles->secret);
}

static enum line_order order_of(const struct roles *roles)
{
	if (roles->service == COLUMNS)
		return LINE_LOGIN_SECRET;
	if (roles->secret < roles->login)
		return LINE_URL_SECRET_LOGIN;
	return roles->service == 0 ? LINE_URL_LOGIN_SECRET : roles->service == 1 ? LINE_LOGIN_URL_SECRET : LINE_LOGIN_SECRET_URL;
}

/* A secret of several words, among such as are none. */
static bool is_phrase(const struct work *work, struct slice secret)
{
	return token_look(secret) == LOOK_SENTENCE && line_word_count(secret) <= PHRASE_WORDS && !line_has_prose(work, secret);
}

/* access.corp.example,DNS: a host and more. */
static bool begins_with_host(struct slice cell)
{
	struct token_url url;

	return token_url(cell, 0, &url) && (url.scheme || (url.authority_end < cell.len && one_of(cell.data[url.authority_end], ",;:|/")));
}

/* The line itself is as its list is. */
static bool row_fits(const struct work *work, const struct row *row, const struct roles *roles)
{
	struct slice login = row->cells[roles->login], secret = row->cells[roles->secret];

	return (roles->service == COLUMNS || is_service(row->cells[roles->service])) && login.len > 0 && secret.len > 0 &&
	       secret.len <= LIMIT_SECRET_BYTES && !is_service(login) && !is_service(secret) && !begins_with_host(secret) &&
	       login.data[login.len - 1] != ':' && line_login_evidence(work, login) >= -1 &&
	       (token_look(secret) >= LOOK_WORD || is_phrase(work, secret));
}

static void row_reading(const struct work *work, const struct row *row, const struct roles *roles, struct line_reading *reading)
{
	struct slice service = roles->service < COLUMNS ? row->cells[roles->service] : SLICE_NONE;
	struct hash_shape shape;

	*reading = (struct line_reading){.order = order_of(roles),
		.account = row->cells[roles->login],
		.secret = row->cells[roles->secret],
		.url = service,
		.end = work->line.len,
		.fields = 1};
	reading->hash = line_is_hash(work, reading->secret, &shape);
	reading->look = reading->hash ? LOOK_STRONG : token_look(reading->secret);
	reading->evidence = LINE_ENOUGH + 1 + (reading->look >= LOOK_NUMBER) + (token_is_email(reading->account) ? 1 : 0) +
			    (token_scheme_next(service, 0) == 0 && service.len > 0 ? 2 : 0);
}

bool line_columns_read(
	const struct line_tables *tables, struct slice text, size_t from, size_t to, struct slice line, struct line_reading *reading)
{
	struct work work = {.tables = tables, .line = line};
	struct around around UNSET;
	bool read = false;

	if (line.len > LINE_BYTES)
		return false;
	for (size_t i = 0; i < sizeof separators / sizeof *separators; i++) {
		struct slice separator = slice_of(separators[i].text);
		struct agreement agreement;
		struct roles roles;
		struct row row;

		if (slice_find_nocase(line, separators[i].text) == line.len)
			continue;
		row_split(line, separator, &row);
		if (row.count < 2 || row.count > COLUMNS)
			continue;
		if (!read)
			around_read(text, from, to, &around);
		read = true;
		agreement_find(&agreement, &work, &around, separator, &row);
		if (agreement.rows < AGREEING || agreement.others * 3 > agreement.rows ||
			!roles_find(&agreement, &row, &separators[i], &roles) || !row_fits(&work, &row, &roles))
			continue;
		row_reading(&work, &row, &roles, reading);
		return true;
	}
	return false;
}

/* Whether no blank stands in the line but those that part its cells: prose has others. */
static bool is_tight(struct slice line, struct slice separator, const struct row *row)
{
	size_t len = (row->count - 1) * separator.len;

	for (size_t i = 0; i < row->count; i++) {
		if (slice_find_byte(row->cells[i], ' ') < row->cells[i].len)
			return false;
		len += row->cells[i].len;
	}
	return len == line.len;
}

/* Whether the fields of a line alone tell a log-in by its page: those of a query and of a driver's address look alike. */
static bool tells_by_page(const struct row *row, const struct roles *roles, struct slice separator)
{
	bool parts_no_url = slice_find_byte(separator, '|') < separator.len || slice_find_byte(separator, '>') < separator.len ||
			    one_of(separator.data[0], "^ \t");

	return slice_starts_nocase(row->cells[roles->service], "http") && (roles->service > 0 || parts_no_url) &&
	       token_look(row->cells[roles->secret]) >= LOOK_FAIR;
}

/* What each cell is, of a line alone: its URL, the address or what looks less like a secret, and the rest. */
static bool roles_alone(const struct row *row, struct slice separator, struct roles *roles)
{
	const struct slice *cells = row->cells;

	*roles = (struct roles){service_of(row), COLUMNS, COLUMNS};
	if (roles->service == COLUMNS)
		return false;
	size_t a = roles->service == 0 ? 1 : 0, b = roles->service == 2 ? 1 : 2;
	bool scheme = token_scheme_next(cells[roles->service], 0) == 0;
	if (token_is_email(cells[a]) != token_is_email(cells[b]))
		roles->login = token_is_email(cells[a]) ? a : b;
	else
		roles->login = roles->service == 1 && token_look(cells[a]) >= LOOK_FAIR && token_look(cells[b]) < LOOK_FAIR ? b : a;
	roles->secret = a + b - roles->login;
	if (!token_is_email(cells[roles->login]))
		return tells_by_page(row, roles, separator);
	/* "::" and the like part fields and nothing else */
	bool doubled = separator.len > 1 && separator.data[0] != ' ' && cells[roles->secret].len >= SECRET_LEAST;
	return token_look(cells[roles->secret]) >= (scheme && doubled ? LOOK_WORD : scheme ? LOOK_NUMBER : LOOK_FAIR);
}

bool line_columns_alone(const struct line_tables *tables, struct slice line, struct line_reading *reading)
{
	struct work work = {.tables = tables, .line = line};

	for (size_t i = 0; i < sizeof separators / sizeof *separators && line.len <= LINE_BYTES; i++) {
		struct slice separator = slice_of(separators[i].text);
		struct roles roles;
		struct row row;

		if (slice_find_nocase(line, separators[i].text) == line.len || slice_equal(separator, SLICE_TEXT(" ")))
			continue;
		row_split(line, separator, &row);
		if (row.count != COLUMNS || !is_tight(line, separator, &row) || !roles_alone(&row, separator, &roles) ||
			!row_fits(&work, &row, &roles))
			continue;
		row_reading(&work, &row, &roles, reading);
		return true;
	}
	return false;
}
