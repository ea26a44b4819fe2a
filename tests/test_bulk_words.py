"""Words as numbers (S21): the same words, counted the same, as `values.words` finds in each text,
however the database hands the texts over."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policyengine.bulk import words as numbered
from policyengine.bulk.audit import run_bulk_audit
from policyengine.bulk.database import BulkError, database, stopped_by
from policyengine.bulk.side_by_side import Means
from policyengine.bulk.words import Vocabulary, new_words, similarity
from policyengine.evaluate import run_audit
from policyengine.values import words as said
from tests.bulk_desk import reference_of
from tools.conformance.bench import check, opened, schema_of

ODD = [
    "straße STRASSE", "İstanbul ISTANBUL", "ﬁn ﬂat ﬀ", "café cafe\u0301", "aq\u0308b", "Ωmega ω",
    "ＦＵＬＬ ｗｉｄｔｈ", "a\u200bb\u200dc\u00adb", "x²y ½ Ⅷ", "naïve\u00a0text", "한국어 조선말", "\u0301a",
    "ǅ ǆ", "ſo", "K elvin Å", "a\u2028b\x85c", "\ufeffbom", "😀smile", "ς σ Σ", "ŉ", "ﷺ",
]  # fmt: skip
PLAIN = [
    "",
    " ",
    "A",
    "z",
    "Z@[`{a",
    "abc12def",
    "don't",
    "2026-01-01, 14:30",
    "no no NO",
    "a\tb\nc",
]
SMALL = st.sampled_from(["a", "b", "c", "ab", "B", "dd", " ", ", ", "7", "  ", "\n", "é", "-"])
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    st.text(st.characters(max_codepoint=126, exclude_characters="\0"), max_size=60),
    st.lists(SMALL, max_size=12).map("".join),
    st.sampled_from([*ODD, *PLAIN]),
)
COLUMN = st.lists(st.one_of(st.none(), TEXT), max_size=25)
LIMITS = st.sampled_from([1, 7, 64, 1 << 19])


def handed(text: str | None) -> str | None:
    """What the database holds of a text: itself, or its words where it is not all ASCII."""
    return text if text is None or text.isascii() else " ".join(said.words(text))


def as_column(texts, type_=None, pieces: int = 1):
    """A column as Arrow may have it: in several pieces, each a part of a longer one."""
    type_ = type_ or pa.string()
    step = max(1, -(-len(texts) // pieces))
    made = []
    for start in range(0, len(texts), step):
        own = [handed(text) for text in texts[start : start + step]]
        padded = pa.array(["left out", *own, "so is this"], type_)
        made.append(padded.slice(1, len(own)))
    return made[0] if len(made) == 1 else pa.chunked_array(made, type_)


def numbers(vocabulary: Vocabulary, texts) -> list[list[int] | None]:
    """The numbers that the words of each text have, asked for word by word."""

    @cache
    def number(word: str) -> int:
        ((one,),) = vocabulary.words(pa.array([word])).to_pylist()
        return one

    return [None if text is None else [number(word) for word in said.words(text)] for text in texts]


@given(COLUMN, st.integers(1, 3), LIMITS, st.sampled_from([pa.string(), pa.large_string()]))
@example([*ODD, *PLAIN, None], 2, 1, pa.string())
@example(["a" * 70_000 + " b", None, "", "c" * 10], 1, 7, pa.string())
@example(["one", "two"], 1, 7, pa.string_view())
@example([None, None], 1, 7, pa.string())
@example(["", ""], 1, 7, pa.string())
@example([], 1, 7, pa.string())
def test_the_words_of_each_text(texts, pieces: int, block: int, type_) -> None:
    vocabulary = Vocabulary()
    with patch.object(numbered, "BLOCK", block):
        found = vocabulary.words(as_column(texts, type_, pieces)).to_pylist()
    assert found == numbers(vocabulary, texts)


def test_words_that_adjoin_the_next_text_stay_its_own() -> None:
    texts = ["one", "two", "", "three", " four", "five ", "6", "seven"] * 40
    for block in range(1, 40):
        vocabulary = Vocabulary()
        with patch.object(numbered, "BLOCK", block):
            found = vocabulary.words(pa.array(texts)).to_pylist()
        assert found == numbers(vocabulary, texts)


PAIRS = st.lists(st.tuples(st.one_of(st.none(), TEXT), st.one_of(st.none(), TEXT)), max_size=20)


@given(PAIRS, st.integers(1, 3), st.sampled_from([1, 5, 64, 1 << 18]), st.booleans())
@example([("a a b c", "b"), ("", ""), ("x", ""), ("", "x"), (None, "a"), ("a", None)], 1, 1, False)
@example([("straße", "STRASSE"), ("ﬁn", "fin"), ("K", "k")], 1, 64, True)
@example([("b a a", "a a a"), ("a b", "b a b"), ("a", "a")], 3, 5, True)
@example([("1 2", "3 4")], 1, 5, True)
def test_two_texts_compared(pairs, pieces: int, cells: int, sparse: bool) -> None:
    vocabulary = Vocabulary()
    if sparse:  # numbers that are far from one another
        vocabulary.words(
            pa.array([" ".join(f"z{chr(97 + n % 26) * (n // 26 + 1)}" for n in range(99))])
        )
    mine = vocabulary.words(as_column([one for one, _ in pairs]))
    theirs = vocabulary.words(as_column([other for _, other in pairs]))
    mine, theirs = (parted(each, pieces) for each in (mine, theirs))
    with patch.multiple(numbered, CELLS=cells, FEW=1 if sparse else 1 << 13):
        fresh, alike = new_words(mine, theirs).to_pylist(), similarity(mine, theirs).to_pylist()
    known = [None if None in pair else pair for pair in pairs]
    assert fresh == [
        pair and len(set(said.words(pair[0])) - set(said.words(pair[1]))) for pair in known
    ]
    assert alike == [pair and said.similarity(*pair) for pair in known]


def parted(column, pieces: int):
    """A column as one part of a longer one, or in several pieces."""
    if pieces == 1:
        left_out = pa.array([[0, 0]], column.type)
        return pa.concat_arrays([left_out, column, left_out]).slice(1, len(column))
    step = max(1, -(-len(column) // pieces))
    parts = [column.slice(start, step) for start in range(0, len(column), step)]
    return pa.chunked_array(parts, column.type)


def test_likeness_counts_each_word_as_often_as_both_have_it() -> None:
    vocabulary = Vocabulary()
    texts, others = ["a a a b", "a b", "a a"], ["a a c", "c", "a a"]
    mine, theirs = vocabulary.words(pa.array(texts)), vocabulary.words(pa.array(others))
    shared = [
        (Counter(one.split()) & Counter(two.split())).total()
        for one, two in zip(texts, others, strict=True)
    ]
    assert shared == [2, 0, 2]
    assert similarity(mine, theirs).to_pylist() == [200 * 2 // 7, 0, 100]


@given(
    COLUMN, st.lists(st.sampled_from(["a", "b", "ab", "straße", "never"]), min_size=1, max_size=3)
)
@example(["a b", "b", "a", "b a", "a a b", "a, b", "ab", "a 1 b", None, ""], ["a", "b"])
@example(["strasse a", "a STRASSE"], ["straße", "a"])
@example(["a"], ["a", "a"])
def test_phrases_are_found_within_one_text(texts, phrase) -> None:
    vocabulary = Vocabulary()
    sought = said.words(" ".join(phrase))
    column = vocabulary.words(as_column(texts))
    found = vocabulary.says(column, pa.array([" ".join(sought)] * len(texts), pa.string()))
    assert found.to_pylist() == [
        None if each is None else said.mentions(each, sought) for each in texts
    ]


def test_each_row_may_ask_for_a_phrase_of_its_own() -> None:
    vocabulary = Vocabulary()
    column = vocabulary.words(pa.array(["a b c"] * 4))
    asked = pa.array(["a b", "b c", "a c", "d"])
    assert vocabulary.says(column, asked).to_pylist() == [True, True, False, False]


def test_one_word_has_one_number_whichever_thread_asks() -> None:
    vocabulary = Vocabulary()
    texts = [
        " ".join(chr(97 + n % 26) * (n % 40 + 1) for n in range(start, start + 900))
        for start in range(64)
    ]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda text: vocabulary.words(pa.array([text])).to_pylist()[0], texts))
    assert made == numbers(vocabulary, texts)
    distinct = {word for text in texts for word in text.split()}
    assert len({number for each in made for number in each}) == len(distinct)


# --- in the database ------------------------------------------------------------------------------


def asked(con, sql: str):
    return con.execute(sql).fetchall()


@pytest.mark.parametrize("threads", [1, 2])
def test_the_database_asks_with_thousands_of_rows(threads: int) -> None:
    texts = [
        None if n % 7 == 0 else f"Word {'abcdefg'[n % 7]} {n} of x{'y' * (n % 11)}"
        for n in range(9_000)
    ]
    with database(threads=threads) as con:
        Vocabulary().register(con)
        rows = pa.table({"n": range(len(texts)), "t": pa.array(texts)})
        con.register("incoming", rows)
        con.execute("CREATE TABLE t AS SELECT n, t, words_of(t) AS w FROM incoming")
        cursor = con.cursor()  # which rules are judged over
        found = dict(asked(cursor, "SELECT n, len(w) FROM t"))
        assert found == {
            n: None if text is None else len(said.words(text)) for n, text in enumerate(texts)
        }
        fresh = dict(
            asked(
                cursor,
                "SELECT a.n, CASE WHEN a.n % 3 > 0 THEN new_words(a.w, b.w) END "
                "FROM t a LEFT JOIN t b ON b.n = a.n - 1",
            )
        )
        for n, text in enumerate(texts):
            before = texts[n - 1] if n else None
            there = n % 3 > 0 and text is not None and before is not None
            expected = len(set(said.words(text)) - set(said.words(before))) if there else None
            assert fresh[n] == expected
        ((many,),) = asked(
            cursor, "SELECT count(*) FROM t WHERE list_contains(w, words_of('f')[1])"
        )
        assert many == sum(text is not None and "f" in said.words(text) for text in texts)


def test_nothing_comes_of_nothing() -> None:
    with database(threads=1) as con:
        Vocabulary().register(con)
        assert asked(con, "SELECT words_of(NULL), words_of(''), says(words_of(NULL), 'a')") == [
            (None, [], None)
        ]
        assert asked(
            con, "SELECT new_words(NULL, words_of('a')), similarity(words_of('a'), NULL)"
        ) == [(None, None)]
        assert asked(con, "SELECT similarity(words_of('1'), words_of('')) FROM range(0)") == []


def test_a_new_vocabulary_takes_the_place_of_the_last() -> None:
    with database(threads=1) as con:
        first, second = Vocabulary(), Vocabulary()
        first.words(pa.array(["one two three"]))
        first.register(con)
        assert asked(con, "SELECT words_of('three')") == [([2],)]
        second.register(con)
        assert asked(con, "SELECT words_of('three')") == [([0],)]


def test_long_texts_are_handed_over_without_a_limit_of_two_gigabytes() -> None:
    with database(threads=1) as con:
        assert asked(con, "SELECT current_setting('arrow_large_buffer_size')") == [(True,)]
        Vocabulary().register(con)
        assert asked(con, "SELECT len(words_of(repeat('word ', 900000)))") == [(900_000,)]


@pytest.mark.parametrize(
    ("error", "becomes"), [(KeyboardInterrupt, KeyboardInterrupt), (MemoryError, BulkError)]
)
def test_what_stops_a_function_stops_the_run(error, becomes) -> None:
    import duckdb

    vocabulary = Vocabulary()
    with patch.object(numbered, "_bytes_of", side_effect=error), database(threads=1) as con:
        vocabulary.register(con)
        with pytest.raises(duckdb.InvalidInputException) as met:
            con.execute("SELECT words_of('a')")
        with pytest.raises(becomes):
            stopped_by(met.value)


def test_an_error_says_nothing_of_the_text() -> None:
    import duckdb

    fault = ValueError("Mrs Secret")
    with patch.object(numbered, "_bytes_of", side_effect=fault), database(threads=1) as con:
        Vocabulary().register(con)
        with pytest.raises(duckdb.InvalidInputException) as met:
            con.execute("SELECT words_of(t) FROM (VALUES ('Mrs Secret')) v(t)")
    assert "Secret" not in str(met.value)
    assert "ValueError" in str(met.value)


# --- in a whole audit -----------------------------------------------------------------------------

SCHEMA = """
schema: words
version: 1
time_zone: Europe/London
kinds:
  case:
    fields: {team: text}
  note:
    happened: made_on
    fields: {made_on: date, body: text}
"""
POLICY = """
policy "Words"
  owner "A test"
  source "Made up"
rule W-1 "new words" for each note as this with its previous as before
  source "Made up"
  must show number of new words in this.body since before.body is at least 2
rule W-2 "a phrase" for each note
  source "Made up"
  must show note.body mentions "Seen at Café"
rule W-3 "a word" for each note
  source "Made up"
  must show note.body mentions "straße"
rule W-4 "repeated" for each note as this with its previous as before
  source "Made up"
  must show this.body does not repeat before.body
rule W-5 "alike" for each note as this with its previous as before
  source "Made up"
  must show similarity of this.body to before.body is less than 60
rule W-6 "new since any" for each note as this
  source "Made up"
  must show number of new words in this.body since any note.body where (made_on is before this.made_on) is at least 1
rule W-7 "how many" for each note
  source "Made up"
  must show number of words in note.body is at least 3
rule W-8 "a text of the rules, repeated" for each note
  source "Made up"
  must show note.body repeats "seen: at CAFÉ!"
rule W-9 "new since a text of the rules" for each note
  source "Made up"
  must show number of new words in note.body since "all in der one" is at least 2
"""
BODIES = [
    "Seen at café, all well", "seen at cafe\u0301", "SEEN AT CAFE", "in der Strasse", "STRASSE 12", "", None,
    "seen, at 12 café", "all well all well", "All well; all well.", "İ i ı", "one two three four",
]  # fmt: skip


@settings(max_examples=12)
@given(
    st.lists(st.lists(st.sampled_from(BODIES), min_size=1, max_size=4), min_size=1, max_size=6),
    st.integers(1, 3),
)
@example([["one two", "one two three four"], ["three four", "one two"], ["two one two", "one"]], 1)
def test_ranges_of_cases_are_judged_alike(cases, at_once: int) -> None:
    """Each range has a vocabulary of its own, and the words of the rules are in each."""
    plan = check(POLICY, schema_of(SCHEMA)).plan
    assert plan is not None
    written = [
        {
            "case_id": f"c{number}",
            "note": [
                {"id": f"n{place}", "made_on": f"2026-01-{place + 1:02}"}
                | ({} if body is None else {"body": body})
                for place, body in enumerate(bodies)
            ],
        }
        for number, bodies in enumerate(cases)
    ]
    export = opened(plan, {"cases": written})
    day = date(2026, 3, 1)
    expected = run_audit(plan, export, day)
    found, notes = run_bulk_audit(
        plan,
        opened(plan, {"cases": written}),
        day,
        reference=reference_of(plan, export),
        means=Means(threads=1, cases_at_once=at_once),
    )
    assert found.findings == expected.findings
    assert not notes.rules
    assert not notes.faults
