"""Promises of the chat channels, through the real plugins of Slack, Discord and Telegram, to a server of those names."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.alerts.in_namespace import CHANNELS, HOSTS
from tests.alerts.real_mail import certificate
from tests.alerts.samples import ALL

pytestmark = pytest.mark.heavy

LIMITS = {"slack": 35_000, "discord": 2_000, "telegram": 4_096}
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"):
        pytest.skip("needs root, util-linux and iproute2")
    folder = tmp_path_factory.mktemp("tls")
    certificate(folder, list(HOSTS))
    environment = {**os.environ, "REQUESTS_CA_BUNDLE": str(folder / "cert.pem"), "PYTHONPATH": str(ROOT)}
    command = ["unshare", "-n", "-m", sys.executable, "-m", "tests.alerts.in_namespace", str(folder)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return dict(json.loads(done.stdout))


def texts(got: list[dict[str, Any]]) -> list[str]:
    """Every text that a service was given to show."""

    def walk(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [text for item in value.values() for text in walk(item)]
        if isinstance(value, list):
            return [text for item in value for text in walk(item)]
        return [value] if isinstance(value, str) else []

    return [text for request in got for text in walk(request["body"])]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("kind", ["signal", "arabic", "shift", "digest"])
def test_every_kind_arrives_with_its_title_link_and_id(report: dict[str, Any], channel: str, kind: str) -> None:
    result = report[channel][kind]
    assert result["outcome"] == "sent", result["detail"]
    shown = "\n".join(texts(result["got"]))
    sample = ALL[kind]
    assert sample["id"] in shown
    title = sample["title"] if kind != "digest" else "Qaani urges calm"
    assert title.split(" · ")[0][:30].replace("'", "") in shown.replace("'", "").replace("&#39;", "").replace("\\", "")
    if sample.get("link"):
        assert sample["link"] in shown


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_long_alert_is_one_message_within_the_service_s_limit(report: dict[str, Any], channel: str) -> None:
    result = report[channel]["long"]
    assert result["outcome"] == "sent", result["detail"]
    assert len(result["got"]) == 1
    longest = max(texts(result["got"]), key=len)
    assert len(longest) <= LIMITS[channel]
    assert "long234567" in longest
    assert "[…]" in longest.replace("\\", "")


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_title_is_no_link_no_markup_and_calls_nobody(report: dict[str, Any], channel: str) -> None:
    result = report[channel]["hostile"]
    assert result["outcome"] == "sent", result["detail"]
    for text in texts(result["got"]):
        assert "@everyone" not in text
        assert "<@U1>" not in text
        if channel != "slack":  # Slack's links are <…|…>, and it is given &lt;
            assert not re.search(r"(?<!\\)\[click(?<!\\)\]\(", text)


@pytest.mark.parametrize("channel", ["discord", "telegram"])
def test_the_chart_of_a_shift_is_attached(report: dict[str, Any], channel: str) -> None:
    assert "chart.png" in [name for request in report[channel]["shift"]["got"] for name in request["files"]]


@pytest.mark.parametrize(("channel", "wait"), [("slack", 41), ("discord", 42), ("telegram", 43)])
def test_a_service_that_asks_for_patience_is_given_it(report: dict[str, Any], channel: str, wait: float) -> None:
    busy = report[channel]["busy"]
    assert busy["outcome"] == "transient"
    assert busy["retry_after_s"] == wait
