#include "inspect/pdf/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/pdf/layout.h"
#include "inspect/pdf/lex.h"
#include "shared/mem.h"

enum {
	SHELF = 128,         /* fonts kept */
	FONT_WORK = 1 << 23, /* entries of the tables of fonts, read for one document: those that are not kept are read anew */
	STATES = 64,         /* saved graphics states; deeper ones are those of their outermost */
	FORMS_DEEP = 12,     /* forms within forms */
	FORMS_MAX = 10000,   /* forms shown by one page */
	OPERANDS = 16384,    /* of one operator: a long TJ */
	OPERAND_BYTES = 1 << 20,
	WRITTEN_BYTES = 64 * 1024, /* of one string, as text */
	NAME_BYTES = 128,
};

/* ---- fonts ------------------------------------------------------------------------------------ */

struct font_shelf {
	struct {
		int number; /* of its object, 0: a free place */
		struct font *font;
	} places[SHELF];
	size_t next;       /* to be cleared */
	uint64_t work;     /* so far: font_cost */
	struct font *last; /* one without a number */
};

struct font_shelf *font_shelf_new(void)
{
	return xcalloc(1, sizeof(struct font_shelf));
}

void font_shelf_free(struct font_shelf *shelf)
{
	for (size_t i = 0; i < SHELF; i++)
		font_free(shelf->places[i].font);
	font_free(shelf->last);
	free(shelf);
}

/* Valid until the next call: the shelf may be full. */
static const struct font *shelf_font(struct font_shelf *shelf, const struct pdf *pdf, qpdf_oh object, struct page_faults *faults)
{
	int number = object_number_of(pdf, object);
	for (size_t i = 0; number != 0 && i < SHELF; i++) {
		if (shelf->places[i].number == number)
			return shelf->places[i].font;
	}
	if (shelf->work > FONT_WORK) {
		faults->cut = true;
		return NULL;
	}
	struct font *font = font_new(pdf, object);
	shelf->work += font_cost(font);
	if (number == 0) {
		font_free(shelf->last);
		shelf->last = font;
		return font;
	}
	font_free(shelf->places[shelf->next].font);
	shelf->places[shelf->next].font = font;
	shelf->places[shelf->next].number = number;
	shelf->next = (shelf->next + 1) % SHELF;
	return font;
}

/* ---- matrices --------------------------------------------------------------------------------- */

/* [a b c d e f] (8.3.3) */
struct matrix {
	double n[6];
};

static const struct matrix identity = {{1, 0, 0, 1, 0, 0}};

/* First a, then b. */
static struct matrix times(const struct matrix *a, const struct matrix *b)
{
	const double *x = a->n, *y = b->n;
	return (struct matrix){{x[0] * y[0] + x[1] * y[2], x[0] * y[1] + x[1] * y[3], x[2] * y[0] + x[3] * y[2], x[2] * y[1] + x[3] * y[3],
		x[4] * y[0] + x[5] * y[2] + y[4], x[4] * y[1] + x[5] * y[3] + y[5]}};
}

/* ---- state ------------------------------------------------------------------------------------ */

struct state {
	struct matrix page; /* from the user's space to the page's */
	char font_name[NAME_BYTES];
	double size, leading, character_gap, word_gap, stretch, rise;
};

struct operand {
	enum token_kind kind; /* number, string or name */
	double number;
	size_t at, len; /* of its text */
};

struct page {
	const struct pdf *pdf;
	struct font_shelf *shelf;
	struct page_faults *faults;
	struct buf *out;
	struct layout layout;
	struct state states[STATES];
	size_t state, too_deep;
	struct matrix text, line; /* 9.4.1 */
	const struct font *font;  /* that font_name stands for, or NULL */
	bool font_due;            /* font has to be looked up */
	struct operand operands[OPERANDS];
	size_t count;
	struct buf texts, written; /* of the operands; of what is shown */
	unsigned forms, deep;
};

static struct state *now(struct page *page)
{
	return &page->states[page->state];
}

static double operand(const struct page *page, size_t i)
{
	return i < page->count && isfinite(page->operands[i].number) ? page->operands[i].number : 0;
}

/* Of the last six operands. */
static struct matrix operand_matrix(const struct page *page)
{
	struct matrix matrix;
	for (size_t i = 0; i < 6; i++)
		matrix.n[i] = page->count >= 6 ? operand(page, page->count - 6 + i) : identity.n[i];
	return matrix;
}

static struct slice operand_text(struct page *page, const struct operand *operand)
{
	return (struct slice){buf_text(&page->texts) + operand->at, operand->len};
}

static void forget_operands(struct page *page)
{
	page->count = 0;
	buf_clear(&page->texts);
}

static qpdf_oh resource(struct page *page, qpdf_oh resources, const char *kind, const char *name)
{
	char key[NAME_BYTES + 1] = "/";
	memccpy(key + 1, name, '\0', NAME_BYTES);
	key[NAME_BYTES] = '\0';
	return object_key(page->pdf, object_key(page->pdf, resources, kind), key);
}

/* ---- showing text ----------------------------------------------------------------------------- */

/* Where the text matrix stands on the page. */
static void place(struct page *page, int *turn, double *along, double *across)
{
	const struct state *state = now(page);
	struct matrix rise = {{1, 0, 0, 1, 0, state->rise}}, raised = times(&rise, &page->text), all = times(&raised, &state->page);
	double x = all.n[4], y = all.n[5];
	bool upright = fabs(all.n[0]) >= fabs(all.n[1]);
	*turn = upright ? (all.n[0] < 0 ? 2 : 0) : (all.n[1] > 0 ? 1 : 3);
	*along = *turn == 0 ? x : *turn == 1 ? y : *turn == 2 ? -x : -y;
	*across = *turn == 0 ? -y : *turn == 1 ? x : *turn == 2 ? y : -x;
	if (!isfinite(*along) || !isfinite(*across))
		*along = *across = 0;
}

static double size_on_page(struct page *page)
{
	const struct state *state = now(page);
	struct matrix all = times(&page->text, &state->page);
	double size = fabs(state->size) * hypot(all.n[2], all.n[3]);
	return isfinite(size) && size > 0 ? size : 1;
}

static void move_on(struct page *page, double by)
{
	struct matrix move = {{1, 0, 0, 1, isfinite(by) ? by : 0, 0}};
	page->text = times(&move, &page->text);
}

static void flush(struct page *page)
{
	layout_write(&page->layout, page->out);
}

static void add(struct page *page, struct piece *piece, struct slice text)
{
	if (layout_add(&page->layout, piece, text))
		return;
	if (page->out->max - page->out->len < LAYOUT_LINES_BYTES) {
		page->faults->cut = true;
		return;
	}
	flush(page);
	(void)layout_add(&page->layout, piece, text);
}

static void show(struct page *page, struct slice codes)
{
	const struct state *state = now(page);
	struct piece piece = {.size = size_on_page(page)};
	struct glyph glyph;
	double across, advance = 0, gap = 0;
	int turn;
	buf_clear(&page->written);
	place(page, &piece.turn, &piece.from, &piece.line);
	while (codes.len > 0) {
		codes = slice_from(codes, font_next(page->font, codes, &glyph));
		page->faults->unreadable |= glyph.len == 0 && page->font != NULL && !font_has_text(page->font);
		page->faults->cut |= !buf_append(&page->written, glyph.text, glyph.len);
		advance += gap + (glyph.width * state->size + (glyph.space ? state->word_gap : 0)) * state->stretch;
		gap = state->character_gap * state->stretch;
	}
	move_on(page, advance);
	place(page, &turn, &piece.to, &across);
	move_on(page, gap);
	add(page, &piece, (struct slice){buf_text(&page->written), page->written.len});
}

static void find_font(struct page *page, qpdf_oh resources)
{
	if (!page->font_due)
		return;
	qpdf_oh object = resource(page, resources, "/Font", now(page)->font_name);
	page->font = qpdf_oh_is_dictionary(page->pdf->data, object) ? shelf_font(page->shelf, page->pdf, object, page->faults) : NULL;
	page->font_due = false;
	object_release(page->pdf, object);
}

static void show_all(struct page *page, qpdf_oh resources)
{
	find_font(page, resources);
	for (size_t i = 0; i < page->count; i++) {
		const struct operand *operand = &page->operands[i];
		if (operand->kind == TOKEN_STRING)
			show(page, operand_text(page, operand));
		else if (operand->kind == TOKEN_NUMBER)
			move_on(page, -operand->number / 1000 * now(page)->size * now(page)->stretch);
	}
}

static void show_last(struct page *page, qpdf_oh resources)
{
	find_font(page, resources);
	if (page->count > 0 && page->operands[page->count - 1].kind == TOKEN_STRING)
		show(page, operand_text(page, &page->operands[page->count - 1]));
}

static void next_line(struct page *page, double x, double y)
{
	struct matrix move = {{1, 0, 0, 1, x, y}};
	page->text = page->line = times(&move, &page->line);
}

/* ---- operators -------------------------------------------------------------------------------- */

static void save(struct page *page)
{
	if (page->state + 1 == STATES) {
		page->too_deep++;
		return;
	}
	page->states[page->state + 1] = page->states[page->state];
	page->state++;
}

static void restore(struct page *page, size_t floor)
{
	if (page->too_deep > 0)
		page->too_deep--;
	else if (page->state > floor)
		page->state--;
	page->font_due = true;
}

static void set_font(struct page *page)
{
	struct state *state = now(page);
	if (page->count < 2 || page->operands[page->count - 2].kind != TOKEN_NAME)
		return;
	struct slice name = operand_text(page, &page->operands[page->count - 2]);
	size_t len = name.len < NAME_BYTES - 1 ? name.len : NAME_BYTES - 1;
	memcpy(state->font_name, name.data, len);
	state->font_name[len] = '\0';
	state->size = operand(page, page->count - 1);
	page->font_due = true;
}

static void read_content(struct page *page, qpdf_oh content, qpdf_oh resources);

static void show_form(struct page *page, qpdf_oh resources)
{
	char name[NAME_BYTES] = "";
	if (page->count == 0 || page->operands[page->count - 1].kind != TOKEN_NAME)
		return;
	struct slice text = operand_text(page, &page->operands[page->count - 1]);
	memcpy(name, text.data, text.len < NAME_BYTES - 1 ? text.len : NAME_BYTES - 1);
	qpdf_oh form = resource(page, resources, "/XObject", name);
	if (!slice_equal(object_name(page->pdf, object_key(page->pdf, form, "/Subtype")), SLICE_TEXT("Form")))
		return;
	if (page->deep == FORMS_DEEP || page->forms == FORMS_MAX) {
		page->faults->cut = true;
		return;
	}
	qpdf_oh matrix = object_key(page->pdf, form, "/Matrix"), own = object_key(page->pdf, form, "/Resources");
	struct matrix text_matrix = page->text, line = page->line, moved = identity;
	for (size_t i = 0; i < 6 && object_count(page->pdf, matrix) == 6; i++)
		moved.n[i] = object_number(page->pdf, object_item(page->pdf, matrix, i), identity.n[i]);
	page->forms++;
	page->deep++;
	save(page);
	size_t floor = page->state;
	forget_operands(page);
	now(page)->page = times(&moved, &now(page)->page);
	read_content(page, form, qpdf_oh_is_dictionary(page->pdf->data, own) ? own : resources);
	page->state = floor;
	restore(page, floor > 0 ? floor - 1 : 0);
	page->deep--;
	page->text = text_matrix;
	page->line = line;
}

/* Operators by their letters, at most three. */
#define OP(a, b, c) ((unsigned)(a) << 16 | (unsigned)(b) << 8 | (unsigned)(c))

static unsigned operator_of(struct slice word)
{
	unsigned op = 0;
	for (size_t i = 0; i < 3; i++)
		op = op << 8 | (i < word.len ? (uint8_t)word.data[i] : 0);
	return word.len <= 3 ? op : 0;
}

/* Those that only set a number. True if it was one. */
static bool set_number(struct page *page, unsigned op)
{
	double value = operand(page, page->count > 0 ? page->count - 1 : 0);
	switch (op) {
	case OP('T', 'c', 0):
		now(page)->character_gap = value;
		return true;
	case OP('T', 'w', 0):
		now(page)->word_gap = value;
		return true;
	case OP('T', 'L', 0):
		now(page)->leading = value;
		return true;
	case OP('T', 's', 0):
		now(page)->rise = value;
		return true;
	case OP('T', 'z', 0):
		now(page)->stretch = value / 100;
		return true;
	default:
		return false;
	}
}

static bool move(struct page *page, unsigned op)
{
	size_t n = page->count;
	switch (op) {
	case OP('T', 'D', 0):
		now(page)->leading = n >= 2 ? -operand(page, n - 1) : 0;
		/* fall through */
	case OP('T', 'd', 0):
		next_line(page, n >= 2 ? operand(page, n - 2) : 0, n >= 2 ? operand(page, n - 1) : 0);
		return true;
	case OP('T', 'm', 0):
		page->text = page->line = operand_matrix(page);
		return true;
	case OP('T', '*', 0):
		next_line(page, 0, -now(page)->leading);
		return true;
	case OP('B', 'T', 0):
		page->text = page->line = identity;
		return true;
	default:
		return false;
	}
}

static void operate(struct page *page, unsigned op, qpdf_oh resources, size_t floor)
{
	struct matrix matrix;
	if (set_number(page, op) || move(page, op))
		return;
	switch (op) {
	case OP('q', 0, 0):
		save(page);
		break;
	case OP('Q', 0, 0):
		restore(page, floor);
		break;
	case OP('c', 'm', 0):
		matrix = operand_matrix(page);
		now(page)->page = times(&matrix, &now(page)->page);
		break;
	case OP('T', 'f', 0):
		set_font(page);
		break;
	case OP('T', 'j', 0):
		show_last(page, resources);
		break;
	case OP('T', 'J', 0):
		show_all(page, resources);
		break;
	case OP('"', 0, 0):
		now(page)->word_gap = page->count >= 3 ? operand(page, page->count - 3) : 0;
		now(page)->character_gap = page->count >= 3 ? operand(page, page->count - 2) : 0;
		/* fall through */
	case OP('\'', 0, 0):
		next_line(page, 0, -now(page)->leading);
		show_last(page, resources);
		break;
	case OP('D', 'o', 0):
		show_form(page, resources);
		break;
	default:
		break;
	}
}

/* ---- content ---------------------------------------------------------------------------------- */

static void keep_operand(struct page *page, const struct token *token)
{
	size_t at = page->texts.len;
	if (token->kind == TOKEN_MARK)
		return;
	if (page->count == OPERANDS || !buf_append(&page->texts, token->text.data, token->text.len)) {
		page->faults->cut = true;
		return;
	}
	page->operands[page->count++] = (struct operand){token->kind, token->number, at, token->text.len};
}

static void read_tokens(struct page *page, struct lexer *lexer, qpdf_oh resources)
{
	struct token token;
	size_t floor = page->state;
	while (!page->pdf->walk->stopped && lexer_next(lexer, &token)) {
		if (token.kind != TOKEN_WORD) {
			keep_operand(page, &token);
			continue;
		}
		if (slice_equal(token.text, SLICE_TEXT("ID")))
			page->faults->why = lexer_pass_image(lexer) ? page->faults->why : "an image on a page that does not end";
		else
			operate(page, operator_of(token.text), resources, floor);
		forget_operands(page);
	}
}

/* One stream. */
static void read_content(struct page *page, qpdf_oh content, qpdf_oh resources)
{
	struct lexer lexer;
	const char *why;
	struct source *source = object_stream(page->pdf, content, &why);
	page->font_due = true;
	if (source == NULL) {
		page->faults->why = why != NULL ? why : page->faults->why;
		return;
	}
	lexer_open(&lexer, source);
	read_tokens(page, &lexer, resources);
	page->faults->cut |= lexer.cut;
	if (source->failed)
		page->faults->why = "a damaged stream";
	lexer_close(&lexer);
	source_close(source);
}

static void read_contents(struct page *page, qpdf_oh contents, qpdf_oh resources)
{
	size_t count = object_count(page->pdf, contents);
	if (qpdf_oh_is_stream(page->pdf->data, contents))
		read_content(page, contents, resources);
	for (size_t i = 0; i < count && !page->pdf->walk->stopped; i++) {
		qpdf_oh item = object_item(page->pdf, contents, i);
		read_content(page, item, resources);
		object_release(page->pdf, item);
	}
}

void page_read(const struct pdf *pdf, struct font_shelf *shelf, qpdf_oh object, struct buf *out, struct page_faults *faults)
{
	struct page *page = xcalloc(1, sizeof *page);
	page->pdf = pdf;
	page->shelf = shelf;
	page->faults = faults;
	page->out = out;
	page->text = page->line = page->states[0].page = identity;
	page->states[0].stretch = 1;
	page->font_due = true;
	layout_init(&page->layout);
	buf_init(&page->texts, OPERAND_BYTES);
	buf_init(&page->written, WRITTEN_BYTES);
	read_contents(page, object_key(pdf, object, "/Contents"), object_key(pdf, object, "/Resources"));
	flush(page);
	layout_free(&page->layout);
	buf_free(&page->texts);
	buf_free(&page->written);
	free(page);
}
