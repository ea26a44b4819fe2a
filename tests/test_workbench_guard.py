"""The workbench's door: who may ask, for what, and how much."""

from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from policyengine.workbench.app import MAX_BODY
from tests.workbench_desk import HERE, RULES, Desk, desk, seen

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk(tmp_path_factory.mktemp("workbench"))


def stranger(here: Desk, base: str = HERE) -> TestClient:
    return TestClient(here.client.app, base_url=base, follow_redirects=False)


@pytest.mark.parametrize(
    "path", ["/", "/bench", "/static/workbench.js", "/nothing", "/?token=", "/?token=x"]
)
def test_without_the_token_nothing_is_told(here: Desk, path: str) -> None:
    assert stranger(here).get(path).status_code == 403
    assert stranger(here).post(path).status_code == 403


def test_the_token_gives_a_cookie_for_this_site_alone_and_leaves_the_address(here: Desk) -> None:
    answer = stranger(here).get("/", params={"token": here.keys.token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert here.keys.token.lower() not in cookie


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:4321",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1.evil:4321",
        "",
        "[::1]:4321",
    ],
)
def test_another_name_is_refused_even_with_the_cookie(here: Desk, host: str) -> None:
    assert here.client.get("/", headers={"host": host}).status_code == 403
    assert here.client.get(f"/?token={here.keys.token}", headers={"host": host}).status_code == 403


def test_localhost_is_this_machine_too(here: Desk) -> None:
    answer = here.client.get("/", headers={"host": "localhost:4321"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:9999"},
     {"sec-fetch-site": "same-site"}, {"sec-fetch-site": "cross-site"}],
    ids=str,
)  # fmt: skip
def test_a_form_of_another_page_is_refused(here: Desk, headers: dict[str, str]) -> None:
    words = {"file": str(here.file), "text": "# gone\n", "do": "save", "seen": seen(here)}
    assert here.client.post("/bench", data=words, headers=headers).status_code == 403
    assert here.file.read_text("utf-8") == RULES


@pytest.mark.parametrize(
    "path",
    ["/static/..%2fapp.py", "/static/../app.py", "/static/%2e%2e/app.py", "/static/app.py",
     "/static//etc/passwd", "/static/..%5capp.py"],
)  # fmt: skip
def test_no_path_leads_out_of_the_static_files(here: Desk, path: str) -> None:
    answer = here.client.get(path)
    assert answer.status_code == 404
    assert "import" not in answer.text


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../secret", "../rules/../../etc/passwd", "", "\0"]
)
def test_a_file_that_is_none_of_the_rule_files_is_not_opened(here: Desk, name: str) -> None:
    if name:
        assert here.client.get("/", params={"file": name}).status_code == 404
    words = {"file": name, "text": "x", "do": "save"}
    assert here.client.post("/bench", data=words).status_code == 404


def test_more_than_a_rule_file_may_hold_is_refused(here: Desk) -> None:
    big = b"text=" + b"a" * MAX_BODY
    assert here.client.post("/bench", content=big, headers=FORM).status_code == 413
    pieces = (b"a" * 65_536 for _ in range(MAX_BODY // 65_536 + 1))  # its length is not said
    assert here.client.post("/bench", content=pieces, headers=FORM).status_code == 413


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [("{}", "application/json", 415), ("a=%ff", FORM["content-type"], 400),
     ("&".join(f"a{n}=1" for n in range(90)), FORM["content-type"], 400),
     ("\xe9=1", FORM["content-type"], 400), ("", FORM["content-type"], 404)],
)  # fmt: skip
def test_what_is_no_form_of_ours_is_refused(here: Desk, body: str, kind: str, code: int) -> None:
    answer = here.client.post("/bench", content=body.encode(), headers={"content-type": kind})
    assert answer.status_code == code


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_other_methods_are_refused(here: Desk, method: str) -> None:
    assert here.client.request(method, "/").status_code == 405


def test_every_answer_has_the_policy_that_lets_nothing_in_from_elsewhere(here: Desk) -> None:
    for answer in (here.client.get("/"), here.client.get("/nothing"), stranger(here).get("/")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
    page = here.client.get("/").text
    assert (
        " style=" not in page
        and " onclick" not in page
        and "http" not in page.replace("http-equiv", "")
    )


def test_an_error_of_ours_tells_no_word_of_what_was_typed(
    here: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("a secret word")

    monkeypatch.setattr(type(here.bench), "result", fails)
    body = urlencode({"file": str(here.file), "text": "a secret word"})
    answer = here.client.post("/bench", content=body, headers=FORM)
    assert answer.status_code == 500
    assert "secret" not in answer.text + capsys.readouterr().err
