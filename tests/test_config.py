"""Promises of the configuration: every fault is named with file, line, key and mend."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import Credentials, Settings, read_settings
from monitor.yamlfile import FileErrors

GOOD = """\
contact: desk@example.org
timezone: Asia/Baghdad
watchlists: lists
feeds:
  - id: wire
    url: https://wire.example/rss
  - feeds.yaml
channels:
  mail: mailto://127.0.0.1:25?from=a@example.org&to=b@example.org
routes:
  desk:
    channels: [mail]
    strength: 2
"""
WATCHLIST = "id: qaani\nname: Esmail Qaani\nnames: [Qaani]\nroutes: [desk]\n"
FEEDS = "feeds:\n  - {id: paper, url: 'https://paper.example/feed', language: ar}\n"


def write(folder: Path, config: str = GOOD, watchlist: str = WATCHLIST, feeds: str = FEEDS) -> Path:
    (folder / "lists").mkdir(exist_ok=True)
    (folder / "lists" / "qaani.yaml").write_text(watchlist, encoding="utf-8")
    (folder / "feeds.yaml").write_text(feeds, encoding="utf-8")
    path = folder / "monitor.yaml"
    path.write_text(config, encoding="utf-8")
    return path


def faults(path: Path, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(FileErrors) as caught:
        read_settings(path, environment or {})
    return str(caught.value)


def read(path: Path) -> Settings:
    return read_settings(path, {})


def test_a_good_configuration_is_read_with_its_watchlists_and_feed_lists(tmp_path: Path) -> None:
    settings = read(write(tmp_path))
    assert [feed.id for feed in settings.feeds] == ["wire", "paper"]
    assert [watchlist.id for watchlist in settings.watchlists] == ["qaani"]
    assert settings.state == tmp_path / "monitor.db"
    assert settings.routes["desk"].strength == 2


def test_systemd_s_state_directory_holds_a_relative_database(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path), {"STATE_DIRECTORY": "/var/lib/monitor"})
    assert settings.state == Path("/var/lib/monitor/monitor.db")


def test_a_syntax_error_names_file_and_line(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("  desk:\n", "  desk: [\n"))
    assert f"{path}:1" in faults(path)
    assert "not valid YAML" in faults(path)


def test_an_unknown_key_names_its_line_and_the_key_meant(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("timezone:", "timezon:"))
    assert f"{path}:2: timezon: unknown key. Did you mean `timezone`?" in faults(path)


def test_a_wrong_type_names_line_key_and_what_was_found(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("strength: 2", "strength: high"))
    message = faults(path)
    assert f"{path}:13: routes.desk.strength:" in message
    assert "'high'" in message


def test_a_duplicate_feed_id_is_refused_with_both_places(tmp_path: Path) -> None:
    path = write(tmp_path, feeds=FEEDS.replace("paper", "wire", 1))
    message = faults(path)
    assert f"{tmp_path / 'feeds.yaml'}:2: id: `wire` is already the id of a feed in {path}" in message


def test_a_key_written_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "timezone: UTC\n")
    assert 'found duplicate key "timezone"' in faults(path)
    assert f"{path}:14" in faults(path)


def test_empty_names_are_refused(tmp_path: Path) -> None:
    write(tmp_path, watchlist="id: qaani\nname: Q\nnames: []\n")
    message = faults(tmp_path / "monitor.yaml")
    assert f"{tmp_path / 'lists' / 'qaani.yaml'}:3: names:" in message


def test_a_name_without_a_letter_is_refused(tmp_path: Path) -> None:
    write(tmp_path, watchlist="id: qaani\nname: Q\nnames: ['--']\n")
    assert "a name needs at least one letter" in faults(tmp_path / "monitor.yaml")


def test_two_watchlists_with_one_id_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    (tmp_path / "lists" / "z.yaml").write_text(WATCHLIST, encoding="utf-8")
    assert f"{tmp_path / 'lists' / 'z.yaml'}:1: id: `qaani` is already the id of" in faults(path)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, watchlist="id: q q\nname: Q\nnames: [Q]\n", feeds="feeds:\n  - {id: paper}\n")
    message = faults(path)
    assert "qaani.yaml:1: id:" in message
    assert "feeds[0].url: required, but missing" in message


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    assert "no such file. Check the path, or run `monitor init`" in faults(tmp_path / "monitor.yaml")


def test_a_missing_feed_list_names_the_line_that_asks_for_it(tmp_path: Path) -> None:
    path = write(tmp_path)
    (tmp_path / "feeds.yaml").unlink()
    assert f"{path}:7: feeds[1]: no such feed list" in faults(path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert "the file is empty" in faults(write(tmp_path, ""))


def test_a_mistyped_service_is_named_with_the_one_meant(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("mailto:", "malto:"))
    assert f"{path}:9: channels.mail: unknown service `malto://`, did you mean `mailto://`?" in faults(path)


def test_a_channel_url_that_lacks_a_part_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("mailto://127.0.0.1:25?from=a@example.org&to=b@example.org", "slack://token"))
    assert "`slack://` needs more than this URL says" in faults(path)


def test_a_missing_credential_is_named_with_the_ways_to_give_it(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("mailto://127", "mailto://desk:${smtp_password}@127"))
    assert "no credential `smtp_password`. Put it into a file of that name, or set MONITOR_SMTP_PASSWORD" in faults(
        path
    )


def test_a_credential_comes_from_systemd_s_directory_and_is_masked_in_texts(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("mailto://127", "mailto://desk:${smtp_password}@127"))
    secrets = tmp_path / "credentials"
    secrets.mkdir()
    (secrets / "smtp_password").write_text("p&ss/word\n", encoding="utf-8")
    settings = read_settings(path, {"CREDENTIALS_DIRECTORY": str(secrets)})
    assert "desk:p%26ss%2Fword@127" in settings.channel_url("mail")
    assert settings.mask("535 bad p&ss/word and p%26ss%2Fword") == "535 bad *** and ***"


def test_secrets_are_not_shown_when_settings_are_printed(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("mailto://127", "mailto://desk:${smtp_password}@127"))
    settings = read_settings(path, {"MONITOR_SMTP_PASSWORD": "hunter2hunter2"})
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings)


def test_a_route_to_an_unknown_channel_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("[mail]", "[mial]"))
    assert f"{path}:12: routes.desk.channels[0]: no channel `mial`. Channels: mail" in faults(path)


def test_a_watchlist_that_names_an_unknown_route_is_refused(tmp_path: Path) -> None:
    write(tmp_path, watchlist=WATCHLIST.replace("[desk]", "[dsk]"))
    assert "names the route `dsk`" in faults(tmp_path / "monitor.yaml")


def test_an_unknown_time_zone_is_refused(tmp_path: Path) -> None:
    assert "unknown time zone 'Baghdad'" in faults(write(tmp_path, GOOD.replace("Asia/Baghdad", "Baghdad")))


def test_a_span_of_time_without_unit_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "polling: {min: 10}\n")
    assert "polling.min: cannot read '10' as a span of time. Write a number and s, m, h or d: `15m`" in faults(path)


def test_spans_of_time_are_read(tmp_path: Path) -> None:
    settings = read(write(tmp_path, GOOD + "polling: {min: 90s, max: 6h}\n"))
    assert (settings.polling.min, settings.polling.max) == (timedelta(seconds=90), timedelta(hours=6))


def test_a_file_that_is_not_utf8_names_the_byte(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_bytes(b"contact: caf\xe9@example.org\n")
    assert "not UTF-8 at byte 12" in faults(path)


@pytest.mark.parametrize("cut", range(0, len(GOOD), 7))
def test_a_file_cut_at_any_byte_is_read_or_refused_but_never_crashes(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path, GOOD[:cut])
    with contextlib.suppress(FileErrors):
        read(path)


def test_a_credential_of_a_whole_folder_loaded_by_systemd_is_found_and_masked(tmp_path: Path) -> None:
    (tmp_path / "monitor_smtp_password").write_text("hunter2\n", encoding="utf-8")
    credentials = Credentials((tmp_path / "absent", tmp_path), {})
    assert credentials.get("smtp_password") == "hunter2"
    assert credentials.mask("the password is hunter2") == "the password is ***"
