"""What the gateway tells of itself: counts, health, and a log that holds no secret and no text."""

import json
import logging
import re

import httpx
import pytest

from outlay.core.cost import Cost
from outlay.gateway.logs import JsonLines
from outlay.gateway.metrics import Metrics
from tests.gateway.conftest import MakeGateway
from tests.gateway.upstream import Upstream

QUESTION = [{"role": "user", "content": "a secret question"}]
LINE = re.compile(
    r'[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\.)*"(?:,[a-z_]+="(?:[^"\\\n]|\\.)*")*\})? [0-9.e+-]+|# (HELP|TYPE) .+'
)


def test_metrics_count_what_was_paid(gateway: MakeGateway, server: Upstream) -> None:
    served = gateway()
    served.client().chat.completions.create(model="big@self_consistency(n=2)", messages=QUESTION)
    httpx.post(f"{served.url}/chat/completions", json={"model": "none", "messages": QUESTION})
    text = httpx.get(f"{served.root}/metrics").text
    assert all(LINE.fullmatch(line) for line in text.splitlines())
    for line in (
        'outlay_requests_total{path="/v1/chat/completions",status="200"} 1',
        'outlay_requests_total{path="/v1/chat/completions",status="404"} 1',
        'outlay_paid_total{kind="samples",model="big",strategy="self_consistency"} 2',
        'outlay_paid_total{kind="prompt_tokens",model="big",strategy="self_consistency"} 10',
        'outlay_request_seconds_count{path="/v1/chat/completions"} 2',
        "outlay_requests_under_way 0",
    ):
        assert line in text.splitlines()


def test_a_label_may_hold_anything() -> None:
    metrics = Metrics()
    metrics.spent('a"b\\c\nd', "s", Cost(prompt_tokens=1))
    assert all(LINE.fullmatch(line) for line in str(metrics).splitlines())


def test_health(gateway: MakeGateway) -> None:
    served = gateway()
    assert httpx.get(f"{served.root}/healthz").json() == {"status": "ok"}
    assert httpx.get(f"{served.root}/readyz").status_code == 200
    served.gateway.draining = True
    assert httpx.get(f"{served.root}/readyz").status_code == 503
    lost = httpx.get(f"{served.root}/nothing")
    assert (lost.status_code, lost.json()["error"]["code"]) == (404, "not_found")


def test_the_log_has_the_trace_and_no_secret(
    gateway: MakeGateway, server: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "outlay.gateway"):
        served = gateway()
        found = served.client("sk-mine").chat.completions.create(model="big", messages=QUESTION)
        httpx.post(f"{served.url}/chat/completions", json={"model": "none", "messages": QUESTION})
    lines = [JsonLines().format(record) for record in caplog.records]
    said = [json.loads(line) for line in lines]
    requests = [one for one in said if one["event"] == "request"]
    assert [one["status"] for one in requests] == [200, 404]
    assert requests[0]["trace"] == found.model_extra["outlay"]["trace"]
    assert (requests[0]["model"], requests[0]["strategy"], requests[0]["tokens"]) == ("big", "none", 13)
    assert "no model 'none'" in requests[1]["error"]
    assert not any(word in line for line in lines for word in ("secret", "sk-mine", "sk-of-the-upstream"))
