#!/bin/sh
# Installs, upgrades, rolls back and removes the monitor as a systemd service. Run it again at any time: what is there
# is kept, what is missing is made, and each step says what it does.
set -eu

usage() {
  cat <<'END'
Usage, as root, from a clone or an unpacked release:

  deploy/install.sh install     make the service, or bring it to this version; starts nothing the first time
  deploy/install.sh rollback    go back to the version used before
  deploy/install.sh uninstall   remove program and units; configuration, credentials and database stay
  deploy/install.sh environment DIR
                                only make the program's Python environment in DIR (also as an ordinary user)

Options:
  --environment DIR   use this environment instead of making one
  --python PROGRAM    the Python to make it with (default: /usr/bin/python3, 3.11 or newer, with venv)
  --prefix DIR        where programs go (default: /opt/monitor)

Programs:       PREFIX/releases/*, PREFIX/current shows the one in use, /usr/local/bin/monitor leads to it
Configuration:  /etc/monitor (monitor.yaml, watchlists/, credentials/)
Database:       /var/lib/monitor/monitor.db
END
}

say() { printf '%s\n' "$*"; }
die() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

SOURCE=$(cd "$(dirname "$0")/.." && pwd)
PREFIX=/opt/monitor
PYTHON=/usr/bin/python3
ENVIRONMENT=
UNITS='monitor.service monitor-failed.service monitor-poll.service monitor-poll.timer'
UNIT_DIR=/etc/systemd/system
CONFIG=/etc/monitor
STATE=/var/lib/monitor
KEPT_RELEASES=3

[ $# -gt 0 ] || { usage; exit 2; }
ACTION=$1; shift
if [ "$ACTION" = environment ]; then
  [ $# -gt 0 ] || { usage >&2; exit 2; }
  ENVIRONMENT=$1; shift
fi
while [ $# -gt 0 ]; do
  case $1 in
    --environment) ENVIRONMENT=$2; shift 2 ;;
    --python) PYTHON=$2; shift 2 ;;
    --prefix) PREFIX=$2; shift 2 ;;
    *) usage >&2; exit 2 ;;
  esac
done
CURRENT=$PREFIX/current
PREVIOUS=$PREFIX/previous
MONITOR=$CURRENT/bin/monitor

need_root() { [ "$(id -u)" = 0 ] || die "needs root: sudo $0 $ACTION"; }

# The environment: what is pinned by hash first, then the program itself.
make_environment() {
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || die "$PYTHON is not Python 3.11 or newer"
  [ -f "$SOURCE/requirements.txt" ] || die "no requirements.txt in $SOURCE: run this from a clone or a release"
  if [ ! -x "$1/bin/pip" ]; then
    say "making a Python environment in $1"
    "$PYTHON" -m venv "$1" || die "cannot make it (Debian: apt-get install python3-venv)"
  fi
  say "installing what the monitor needs, pinned by hash (some minutes)"
  "$1/bin/pip" install -q --disable-pip-version-check --require-hashes -r "$SOURCE/requirements.txt"
  say "installing the monitor"
  set -- "$1" "$SOURCE"
  for wheel in "$SOURCE"/monitor-*.whl "$SOURCE"/dist/monitor-*.whl; do
    [ -f "$wheel" ] && set -- "$1" "$wheel"
  done
  "$1/bin/pip" install -q --disable-pip-version-check --no-deps --force-reinstall "$2"
}

active() { systemctl is-active --quiet "$1"; }

switch_to() {  # the link is replaced in one step: there is always a whole program behind it
  ln -sfn "$1" "$CURRENT.new" && mv -T "$CURRENT.new" "$CURRENT"
}

set_up() {
  if [ ! -f "$CONFIG/monitor.yaml" ]; then
    say "writing a configuration to edit into $CONFIG"
    "$MONITOR" init "$CONFIG" >/dev/null
    sed -i "s|^state: .*|state: $STATE/monitor.db|" "$CONFIG/monitor.yaml"
    sed -i "s|^# credentials: .*|credentials: $CONFIG/credentials|" "$CONFIG/monitor.yaml"
    chmod -R a+rX "$CONFIG"
  else
    say "keeping the configuration in $CONFIG"
  fi
  install -d -m 0700 "$CONFIG/credentials"
  if [ ! -e "$STATE" ]; then  # where systemd would make it, for `monitor check` before the first start
    install -d -m 0700 /var/lib/private /var/lib/private/monitor
    ln -sfn private/monitor "$STATE"
  fi
  for unit in $UNITS; do
    sed "s|/opt/monitor/|$PREFIX/|g" "$SOURCE/deploy/$unit" >"$UNIT_DIR/$unit.new"
    chmod 0644 "$UNIT_DIR/$unit.new"
    mv "$UNIT_DIR/$unit.new" "$UNIT_DIR/$unit"
  done
  say "units are in $UNIT_DIR"
  ln -sfn "$MONITOR" /usr/local/bin/monitor
  systemctl daemon-reload
}

drop_old_releases() {
  keep="$(readlink -f "$CURRENT") $(readlink -f "$PREVIOUS" 2>/dev/null || true)"
  ls -1dt "$PREFIX"/releases/*/ 2>/dev/null | tail -n +$((KEPT_RELEASES + 1)) | while read -r release; do
    case " $keep " in *" ${release%/} "*) ;; *) say "removing the old $release"; rm -rf "$release" ;; esac
  done
}

first_steps() {
  say ""
  say "Next:"
  say "  1. edit $CONFIG/monitor.yaml (contact, a channel, a route); secrets go into files in $CONFIG/credentials"
  say "  2. sudo monitor check --online --notify"
  say "  3. systemctl enable --now monitor"
}

install_it() {
  need_root
  command -v systemctl >/dev/null || die "no systemd here"
  install -d -m 0755 "$PREFIX" "$PREFIX/releases"
  if [ -z "$ENVIRONMENT" ]; then
    ENVIRONMENT=$PREFIX/releases/$(date -u +%Y%m%dT%H%M%SZ)
    trap 'rm -rf "$ENVIRONMENT"' EXIT  # a half-made environment is of no use
    make_environment "$ENVIRONMENT"
    trap - EXIT
  fi
  ENVIRONMENT=$(readlink -f "$ENVIRONMENT")
  [ -x "$ENVIRONMENT/bin/monitor" ] || die "no monitor in $ENVIRONMENT"
  old=$(readlink -f "$CURRENT" 2>/dev/null || true)
  if [ -z "$old" ] || [ ! -x "$old/bin/monitor" ]; then
    switch_to "$ENVIRONMENT"
    set_up
    say "installed $("$MONITOR" --version)"
    first_steps
    return
  fi
  upgrade "$old"
}

upgrade() {
  say "installed: $("$1/bin/monitor" --version); new: $("$ENVIRONMENT/bin/monitor" --version)"
  database=$(state_path "$1")
  backup=
  if [ -f "$database" ]; then
    backup=$(dirname "$database")/before-upgrade.db
    "$1/bin/monitor" -c "$CONFIG/monitor.yaml" backup "$backup"
  fi
  was_active=no; active monitor && was_active=yes
  switch_to "$ENVIRONMENT"
  set_up
  if [ $was_active = yes ]; then
    say "restarting; the database is brought up to date at the start"
    if ! systemctl restart monitor; then
      say "the new version does not start:"
      journalctl -u monitor -n 15 --no-pager -o cat || true
      systemctl stop monitor || true
      switch_to "$1"
      if [ -n "$backup" ]; then restore "$backup" "$database"; fi
      systemctl reset-failed monitor || true
      systemctl start monitor || die "the version before does not start either: journalctl -u monitor"
      die "went back to $("$MONITOR" --version) and to the database as it was before"
    fi
  fi
  [ "$1" = "$ENVIRONMENT" ] || ln -sfn "$1" "$PREVIOUS"
  drop_old_releases
  say "now: $("$MONITOR" --version)"
}

state_path() {
  found=$(sed -n "s/^state:[[:space:]]*\([^[:space:]#]*\).*/\1/p" "$CONFIG/monitor.yaml" | tail -n 1)
  case ${found:-monitor.db} in
    /*) say "$found" ;;
    *) say "$STATE/${found:-monitor.db}" ;;
  esac
}

restore() {  # owner and mode stay as they were: the service must still be able to write it
  say "restoring $1"
  rm -f "$2-wal" "$2-shm"
  cat "$1" >"$2"
}

rollback_it() {
  need_root
  [ -e "$PREVIOUS/bin/monitor" ] || die "no earlier version in $PREVIOUS"
  old=$(readlink -f "$CURRENT"); new=$(readlink -f "$PREVIOUS")
  was_active=no; active monitor && was_active=yes
  [ $was_active = no ] || systemctl stop monitor
  switch_to "$new"
  ln -sfn "$old" "$PREVIOUS"
  [ $was_active = no ] || systemctl start monitor
  say "now: $("$MONITOR" --version); the database is unchanged (the one before the upgrade: before-upgrade.db beside it)"
}

uninstall_it() {
  need_root
  systemctl disable --now monitor.service monitor-poll.timer 2>/dev/null || true
  for unit in $UNITS; do rm -f "$UNIT_DIR/$unit"; done
  systemctl daemon-reload
  systemctl reset-failed monitor.service 2>/dev/null || true
  rm -f /usr/local/bin/monitor
  rm -rf "$PREFIX/releases" "$CURRENT" "$PREVIOUS"
  rmdir "$PREFIX" 2>/dev/null || true
  say "removed; configuration and credentials stay in $CONFIG, the database in $STATE"
  say "to remove those as well: rm -r $CONFIG $STATE /var/lib/private/monitor"
}

case $ACTION in
  install|upgrade) install_it ;;
  rollback) rollback_it ;;
  uninstall) uninstall_it ;;
  environment) make_environment "$ENVIRONMENT" ;;
  *) usage >&2; exit 2 ;;
esac
