"""Endpoints against a server that misbehaves: nothing lost, every cause named, no key told."""

from __future__ import annotations

import asyncio
import base64
import itertools
from typing import Any

import pytest

from assay.domain.errors import MissingSecret, PlanError, SubjectError
from assay.domain.plan import Limits
from assay.domain.sample import Message, Sample, ToolCall
from assay.domain.subject import Ask, Capabilities, Generation
from assay.domain.trial import CAUSES, Output, Trial
from assay.engine.collect import collect
from assay.engine.retry import Backoff
from assay.engine.schedule import Pending
from assay.subjects.endpoint import Endpoint, EndpointSettings
from assay.subjects.pool import Pool
from assay.subjects.probing import PROMPT
from assay.subjects.wording import Wording
from assay.testing.fakes import samples
from assay.testing.faults import Fault
from assay.testing.replies import Reply, Request
from assay.testing.server import MockServer

KEY = "sk-test/ab+c0123456789"
QUICK = Backoff(first_s=0.005, most_s=0.05, most_asked_s=1.0)


def endpoint(server: MockServer, pool: Pool | None = None, **settings: Any) -> Endpoint:
    return Endpoint(EndpointSettings(**{"url": server.url, "model": "m", "probe": False, **settings}), pool=pool)


def ask(text: str = "Hello", epoch: int = 1, **generation: Any) -> Ask:
    return Ask(sample=Sample(id="s", input=text), generation=Generation(**generation), epoch=epoch)


def answer(server: MockServer, question: Ask | None = None, **settings: Any) -> Output:
    async def go() -> Output:
        async with server:
            subject = endpoint(server, **settings)
            await subject.open()
            try:
                return await subject.respond(question or ask())
            finally:
                await subject.close()

    return asyncio.run(go())


def collected(
    server: MockServer, count: int = 60, limits: Limits | None = None, **settings: Any
) -> tuple[list[Trial], Endpoint]:
    trials: list[Trial] = []

    async def go() -> Endpoint:
        async with server:
            subject = endpoint(server, **settings)
            await subject.open()
            asks = [
                Pending(subject="reference", task="t", ask=Ask(sample=s, generation=Generation()))
                for s in samples(count)
            ]
            await collect(
                asks,
                {"reference": subject},
                limits=limits or Limits(timeout_s=0.3),
                record=trials.append,
                backoff=QUICK,
            )
            await subject.close()
        return subject

    subject = asyncio.run(go())
    return trials, subject


@pytest.mark.parametrize("dialect", ["openai", "openai-completions", "anthropic"])
def test_an_answer_in_each_dialect(dialect: str) -> None:
    server = MockServer(lambda request: f"{request.dialect}: {request.prompt}")
    output = answer(server, dialect=dialect)
    assert output.text == f"{dialect}: Hello"
    assert output.finish_reason == "stop"
    assert output.usage is not None
    assert output.usage.input_tokens > 0
    assert output.served_model == "m"
    assert output.fingerprint == ("" if dialect == "anthropic" else "fp_mock")


TRANSIENT = ["429", "429-after", "500", "503-after", "drop", "malformed", "half", "html", "truncated", "empty", "hang"]


@pytest.mark.parametrize("kind", TRANSIENT)
def test_a_fault_that_passes_costs_no_answer(kind: str) -> None:
    server = MockServer(faults=[Fault(kind=kind, share=0.3, retry_after="0.05")])
    trials, _ = collected(server)
    assert [trial.failure for trial in trials if trial.failure] == []
    assert len(trials) == 60
    assert server.faulted[kind] >= 5
    assert sum(trial.attempts for trial in trials) >= 60 + server.faulted[kind]
    assert all(trial.output and trial.output.text.startswith("Answer") for trial in trials)


def test_all_faults_at_once_cost_no_answer() -> None:
    faults = [Fault(kind=kind, share=0.05, retry_after="0.05") for kind in TRANSIENT]
    trials, _ = collected(MockServer(faults=faults), 200, Limits(timeout_s=0.3, concurrency=32))
    assert [trial.failure for trial in trials if trial.failure] == []


STAYS = [
    ("429", "rate_limited"), ("429-after", "rate_limited"), ("500", "server_error"), ("drop", "connection"),
    ("malformed", "malformed"), ("half", "malformed"), ("html", "malformed"), ("truncated", "connection"),
    ("empty", "no_choices"), ("hang", "timeout"), ("401", "unauthorised"), ("400", "rejected"),
    ("redirect", "rejected"), ("echo", "unauthorised"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "cause"), STAYS)
def test_a_fault_that_stays_is_recorded_with_its_cause(kind: str, cause: str) -> None:
    server = MockServer(faults=[Fault(kind=kind, share=0.1, times=None, retry_after="0.02")])
    trials, _ = collected(server, 40, Limits(timeout_s=0.5, retries=2))
    failed = [trial for trial in trials if trial.failure]
    assert {trial.failure.cause for trial in failed if trial.failure} == {cause}
    assert cause in CAUSES
    assert 1 <= len(failed) <= 12
    assert len(trials) == 40
    once = kind in {"401", "400", "redirect", "echo"}
    assert all(trial.attempts == 1 if once else trial.attempts >= 3 for trial in failed)


def test_a_huge_body_is_not_read() -> None:
    server = MockServer(faults=[Fault(kind="huge", times=1)])
    trials, _ = collected(server, 1, Limits(timeout_s=10, retries=0))
    assert trials[0].failure is not None
    assert trials[0].failure.cause == "malformed"
    assert "at most 16777216 bytes" in trials[0].failure.message


def test_a_refused_connection_has_its_cause() -> None:
    subject = Endpoint(EndpointSettings(url="http://127.0.0.1:9/v1", model="m", probe=False))

    async def go() -> None:
        await subject.open()
        try:
            await subject.respond(ask())
        finally:
            await subject.close()

    with pytest.raises(SubjectError) as caught:
        asyncio.run(go())
    assert (caught.value.cause, caught.value.retryable) == ("connection", True)


def test_a_storm_of_429_loses_nothing() -> None:
    server = MockServer(per_second=200)
    trials, _ = collected(server, 200, Limits(concurrency=64))
    assert [trial for trial in trials if trial.failure] == []
    assert server.faulted["429"] < 400


@pytest.mark.parametrize("kind", ["echo", "malformed"])
def test_the_key_reaches_the_server_and_no_message(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", KEY + "\n")
    server = MockServer(key=KEY, faults=[Fault(kind=kind, times=None)])
    trials, subject = collected(server, 2, Limits(retries=0), api_key_env="TEST_KEY", headers_env={"x-org": "TEST_KEY"})
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert server.requests[0].headers["x-org"] == KEY
    told = repr(trials) + repr(subject.identity) + repr(subject.served)
    assert KEY not in told
    assert "sk-test" not in told
    if kind == "echo":
        assert "[redacted]" in told


def test_a_key_in_an_answer_is_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", KEY)
    coded = base64.b64encode(KEY.encode()).decode()
    output = answer(MockServer(lambda request: f"my key is {KEY} or {coded}"), api_key_env="TEST_KEY")
    assert "sk-test" not in output.text
    assert coded.rstrip("=") not in output.text
    assert output.text.startswith("my key is [redacted] or [redacted]")


def test_a_login_in_the_address_is_sent_and_hidden() -> None:
    server = MockServer(faults=[Fault(kind="echo", times=None)])

    async def go() -> tuple[str, str]:
        async with server:
            url = server.url.replace("http://", "http://me:long-password@") + "?key=query-secret&api-version=2"
            subject = endpoint(server, url=url)
            await subject.open()
            with pytest.raises(SubjectError) as caught:
                await subject.respond(ask())
            await subject.close()
            return str(caught.value), repr(subject.identity)

    message, identity = asyncio.run(go())
    sent = base64.b64encode(b"me:long-password").decode()
    assert server.requests[0].headers["authorization"] == f"Basic {sent}"
    for told in (message, identity):
        assert "long-password" not in told
        assert "query-secret" not in told
        assert sent not in told
    assert "api-version=2" in identity


@pytest.mark.parametrize("value", ["", "  ", None])
def test_a_missing_key_names_the_variable(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("TEST_KEY", value)
    with pytest.raises(MissingSecret, match="TEST_KEY is not set"):
        Endpoint(EndpointSettings(url="http://127.0.0.1:9/v1", model="m", api_key_env="TEST_KEY"))


def test_a_key_that_no_header_can_carry_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "secret\nline")
    with pytest.raises(MissingSecret) as caught:
        Endpoint(EndpointSettings(url="http://127.0.0.1:9/v1", model="m", headers_env={"X-Key": "TEST_KEY"}))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["127.0.0.1:8000/v1", "ftp://x/v1", "http://", "http://user:pw@h:port/v1"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(PlanError, match="is no address") as caught:
        Endpoint(EndpointSettings(url=url, model="m"))
    assert "pw" not in str(caught.value)


def test_the_request_says_what_the_plan_says() -> None:
    server = MockServer()
    answer(
        server,
        ask("2+2?", epoch=3, temperature=0.5, max_tokens=9, seed=10, top_p=0.9, stop=("END",)),
        wording=Wording(system="Be brief.", template="Q: {input}\nA:"),
        extra={"max_tokens": None, "max_completion_tokens": 9},
    )
    assert server.requests[0].body == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Q: 2+2?\nA:"}],
        "temperature": 0.5,
        "max_completion_tokens": 9,
        "seed": 12,
        "top_p": 0.9,
        "stop": ["END"],
    }


def test_filtered_prompts_are_filtered_answers() -> None:
    class Filters(MockServer):
        def respond(self, path: str, headers: Any, body: bytes) -> tuple[bytes | None, bool]:
            from assay.testing.faults import response

            return response(400, b'{"error": {"code": "content_filter", "message": "blocked"}}'), False

    output = answer(Filters())
    assert Trial(subject="r", task="t", sample_id="s", sample_digest="d", output=output).state == "filtered"


def probed(server: MockServer, **settings: Any) -> tuple[Capabilities, Endpoint]:
    async def go() -> tuple[Capabilities, Endpoint]:
        async with server:
            subject = endpoint(server, probe=True, **settings)
            found = await subject.open()
            await subject.respond(ask())
            await subject.close()
            return found, subject

    return asyncio.run(go())


def test_what_a_server_can_do_is_probed() -> None:
    server = MockServer()
    found, subject = probed(server)
    assert (found.seed, found.n, found.logprobs, found.notes) == (True, True, True, ())
    assert subject.probes == 2
    assert server.seen == {("m", PROMPT): 2, ("m", "Hello"): 1}
    assert subject.identity.details["served_model"] == "m"
    assert subject.identity.details["fingerprint"] == "fp_mock"


def test_what_a_server_refuses_is_noted_and_not_sent() -> None:
    server = MockServer(rejects=["seed", "n"])
    found, _ = probed(server)
    assert (found.seed, found.n, found.logprobs) == (False, False, True)
    assert any(note.startswith("does not take a seed") for note in found.notes)
    assert any(note.startswith("does not take n") for note in found.notes)
    assert "seed" not in server.requests[-1].body


def test_a_seed_that_repeats_nothing_is_noted() -> None:
    numbers = itertools.count()
    found, _ = probed(MockServer(lambda request: f"Answer {next(numbers)}"))
    assert found.seed is False
    assert found.notes == ("takes a seed, but does not repeat itself with it",)


def test_a_server_that_is_down_is_noted_while_probing() -> None:
    async def go() -> Capabilities:
        subject = Endpoint(EndpointSettings(url="http://127.0.0.1:9/v1", model="m"))
        found = await subject.open()
        await subject.close()
        await subject.close()
        return found

    found = asyncio.run(go())
    assert (found.seed, found.n, found.logprobs) == (None, None, None)
    assert found.notes[0].startswith("could not be probed")


def test_the_anthropic_dialect_needs_no_probe() -> None:
    server = MockServer()
    found, subject = probed(server, dialect="anthropic")
    assert (found.seed, found.n, found.logprobs, subject.probes) == (False, False, False, 0)


def test_identity_changes_with_all_that_decides_answers() -> None:
    base = {"url": "http://h/v1", "model": "m"}
    variants: list[dict[str, Any]] = [
        {}, {"model": "n"}, {"url": "http://g/v1"}, {"dialect": "anthropic"}, {"extra": {"x": 1}},
        {"wording": Wording(system="s")}, {"wording": Wording(template="{input}!")},
    ]  # fmt: skip
    digests = [Endpoint(EndpointSettings(**{**base, **variant})).identity.digest for variant in variants]
    assert len(set(digests)) == len(variants)
    same = Endpoint(EndpointSettings(url="http://me:pw@h/v1/", model="m", name="x"))
    assert same.identity.digest == digests[0]
    assert same.identity.name == "x"


def test_cache_keys_tell_questions_apart() -> None:
    subject = Endpoint(EndpointSettings(url="http://h/v1", model="m"))
    keys = [subject.cache_key(question) for question in (ask(), ask(epoch=2), ask("Bye"), ask(temperature=1.0))]
    assert len(set(keys)) == 4
    assert subject.cache_key(ask()) == keys[0]
    always_asked = Endpoint(EndpointSettings(url="http://h/v1", model="m", reuse=False))
    assert always_asked.cache_key(ask()) is None
    fixed = [subject.cache_key(ask(seed=None)), subject.cache_key(ask(seed=None, epoch=2))]
    assert fixed[0] != fixed[1]  # the same request, asked twice


def test_endpoints_share_one_pool() -> None:
    server = MockServer(latency_s=0.001)

    async def go() -> None:
        async with server:
            pool = Pool()
            both = [endpoint(server, pool, model=name) for name in ("one", "two")]
            for subject in both:
                await subject.open()
            for _ in range(5):
                for subject in both:
                    await subject.respond(ask())
            for subject in both:
                await subject.close()

    asyncio.run(go())
    assert server.connections == 1


def test_what_was_served_is_counted() -> None:
    def changing(request: Request) -> Reply:
        number = int(request.prompt.split()[-1].rstrip("."))
        return Reply(text="x", model="m-2" if number >= 40 else "m-1", fingerprint="fp")

    _, subject = collected(MockServer(changing))
    assert subject.served == {("m-1", "fp"): 40, ("m-2", "fp"): 20}
    assert subject.identity.details["served_model"] == "m-1, m-2"


def test_choices_alone_are_unsupported() -> None:
    question = Ask(
        sample=Sample(id="s", input="x", choices=("a", "b")), generation=Generation(), needs=frozenset({"choices"})
    )
    with pytest.raises(SubjectError) as caught:
        answer(MockServer(), question)
    assert caught.value.cause == "unsupported"


def test_tools_travel_both_ways() -> None:
    tool = {"name": "weather", "description": "d", "parameters": {"type": "object", "properties": {}}}
    turns = (
        Message(role="user", content="Weather?"),
        Message(role="assistant", content="", tool_calls=(ToolCall(name="weather", arguments={}, raw="{}", id="c1"),)),
        Message(role="tool", content="rain", tool_call_id="c1"),
    )
    question = Ask(sample=Sample(id="s", input=turns, tools=(tool,)), generation=Generation())
    for dialect in ("openai", "anthropic"):
        server = MockServer(
            lambda request: Reply(tool_calls=[("weather", {"city": "Bern"})], finish_reason="tool_calls")
        )
        output = answer(server, question, dialect=dialect)
        assert output.tool_calls[0].name == "weather"
        assert output.tool_calls[0].arguments == {"city": "Bern"}
        assert output.finish_reason == "tool_calls"
        body = server.requests[0].body
        if dialect == "openai":
            assert body["tools"] == [{"type": "function", "function": tool}]
            assert body["messages"][1]["tool_calls"][0]["id"] == "c1"
            assert body["messages"][2] == {"role": "tool", "content": "rain", "tool_call_id": "c1"}
        else:
            assert body["tools"][0]["input_schema"] == tool["parameters"]
            assert body["messages"][1]["content"][0]["type"] == "tool_use"
            assert body["messages"][2]["content"][0]["tool_use_id"] == "c1"


def test_waiting_for_a_slow_server_overlaps() -> None:
    server = MockServer(latency_s=0.3)
    trials, _ = collected(server, 64, Limits(concurrency=32))
    assert len(trials) == 64
    assert server.connections > 16  # of which each waits for its reply


@pytest.mark.parametrize(
    "said",
    [
        "KEY-1234567890ABCDEF",
        "key-1234567890abcdef",
        "key-12****cdef",
        "key-...cdef",
        "key-1234…f",
        "Key-1234567890aBcDeF",
    ],
)
def test_a_key_in_other_letters_or_with_its_middle_left_out_is_taken_from_messages(said: str) -> None:
    from assay.subjects.redaction import MARK, Redaction

    told = Redaction(["key-1234567890abcdef"]).text(f"Incorrect API key provided: {said}. See the page.")
    assert "1234567" not in told.lower() and "cdef" not in told.lower() and MARK in told and told.endswith("page.")
    assert Redaction([]).text("key-...") == "key-..."
