#!/usr/bin/env bash
# MinerConsole's one command: makes the environment when there is none, keeps it up to date, and runs a verb in it.
# What it says itself goes to standard error. The way of a later call is short: three small programs, then Python.
set -u

ROOT=$(readlink -f -- "${BASH_SOURCE[0]}") && ROOT=${ROOT%/*}
VENV=$ROOT/.venv
PYTHON=$VENV/bin/python
STAMP=$VENV/.stamp            # what was installed; written last
UNFINISHED=$VENV/.unfinished  # lies there while something is being installed
SETUP_LOG=$ROOT/.setup.log
RUN_LOCK=$ROOT/requirements/run.lock
FLEET_LOCK=$ROOT/requirements/fleet.lock
TEST_LOCK=$ROOT/requirements/test.lock
CANNOT_START=3

# Programs the tests use and Debian's packages that bring them: package:program (librandomx is a library).
TEST_PROGRAMS=(monero:monerod litecoind:litecoind tmux:tmux chromium:chromium librandomx0:librandomx
  redis-server:redis-server postgresql:postgres)
RANDOMX_PACKAGE=librandomx0

say() { printf '%s\n' "$*" >&2; }
fail() { local code=$1; shift; say "$*"; exit "$code"; }
has() { command -v "$1" >/dev/null 2>&1; }
is_ci_root() { [ "$EUID" = 0 ] && { [ "${CI:-}" = true ] || [ "${CI:-}" = 1 ]; }; }

help() {
  cat <<'END'
MinerConsole: CPU mining, and what it does in view.

  ./manage.sh mine                  mine (asks on the first run; Enter = offline demonstration)
  ./manage.sh mine --offline        hash without a connection: nothing is earned
  ./manage.sh mine --help           every option

  setup                             make the environment, then stop
  start | stop | restart            the same in the background; takes the options of mine
  console                           the page alone: nothing is mined until that is started there
  login [--user NAME]               print a link that logs you in on the page, once
  coin | wallet | pool | plan       the console's coins, wallets, pools and plans: list, add, edit … (--help)
  node | token                      its machines, and tokens of programs
  node invite | join | run | leave  a fleet: many machines under one console (docs/FLEET.md)
  fleet worker | beat | access      the console's side of a fleet
  import-xmrig FILE [--dry-run]     take pools and wallets over from an xmrig config.json
  rotate-secrets                    a new key for the passwords in the database
  status [--json] | logs [-f]       what it does
  config init|show|set|edit|check   the configuration file
  benchmark | doctor                how fast, and what limits it
  requirements                      what this computer has and needs
  service --print                   a systemd unit to install yourself
  test [--soak] [pytest options]    checks and tests
  uninstall [--yes]                 remove what was made here
  help                              this

Any other word is a command of manage.py. --home DIR chooses another home folder (default: var/).
END
}

# --- what is installed ---------------------------------------------------------------------------------------------

# Everything that decides what has to be installed, as one line.
fingerprint() {
  { cat "$ROOT/pyproject.toml" "$ROOT/setup.py" "$RUN_LOCK" "$VENV/pyvenv.cfg" &&
    printf '%s\n' "$ROOT" && readlink -f "$PYTHON"; } 2>/dev/null | sha256sum
}

is_environment_ready() {
  [ -x "$PYTHON" ] && [ ! -e "$UNFINISHED" ] && [ -r "$STAMP" ] && [ "$(<"$STAMP")" = "$(fingerprint)" ]
}

# A Python that starts, is the one the environment was made for, and has something to install with.
is_environment_whole() {
  [ ! -e "$UNFINISHED" ] && [ -r "$VENV/pyvenv.cfg" ] &&
    "$PYTHON" -c 'import sys; v = "%d.%d." % sys.version_info[:2]
sys.exit(sys.version_info < (3, 11) or v not in open(sys.prefix + "/pyvenv.cfg").read())' 2>/dev/null &&
    { has uv || "$PYTHON" -c 'import pip' 2>/dev/null; }
}

# Make and update the environment, for the verb and the words that are given.
ensure_environment() {
  ensure_base
  ! is_of_fleet "$@" || ensure_fleet
}

ensure_base() {
  is_environment_ready && return
  [ "$(uname -s)" = Linux ] || fail $CANNOT_START "MinerConsole runs on Linux (x86-64 and aarch64); this is $(uname -s)." \
    "It works in a Linux virtual machine, a container or WSL2; ./manage.sh help works everywhere."
  lock_setup
  is_environment_ready || set_up
  exec 9>&-
}

# One set-up at a time: the others wait and then find it done.
lock_setup() {
  { : >>"$ROOT/.setup.lock"; } 2>/dev/null ||
    fail $CANNOT_START "The folder $ROOT cannot be written to. Copy the checkout to a folder of yours, or change its owner."
  exec 9>>"$ROOT/.setup.lock"
  has flock || return 0
  flock -n 9 || { say "Another set-up of this checkout is running: waiting for it."; flock 9; }
}

set_up() {
  : >"$SETUP_LOG"
  if [ -e "$VENV" ] || [ -L "$VENV" ]; then
    is_environment_whole || { say "The environment in .venv is unfinished or broken: making it again."; rm -rf -- "$VENV"; }
  fi
  [ -d "$VENV" ] || make_environment
  say "Installing the packages of requirements/run.lock (the first time takes a minute)."
  install_lock "$RUN_LOCK"
  local folder
  for folder in "$VENV"/lib/python3*/site-packages; do printf '%s\n' "$ROOT" >"$folder/minerconsole.pth"; done
  compile_ours minerconsole mining
  offer_randomx
  fingerprint >"$STAMP"
  say "The environment is ready."
}

# Byte code of our packages as they are now: where PYTHONDONTWRITEBYTECODE is set, each process would compile them anew.
compile_ours() { (cd "$ROOT" && "$PYTHON" -m compileall -q "$@") >>"$SETUP_LOG" 2>&1 || true; }

# What a fleet needs beside (a broker, PostgreSQL), for those who have one.
ensure_fleet() {
  local want
  want="$(sha256sum <"$FLEET_LOCK") $(<"$STAMP")"
  [ -r "$VENV/.fleet-stamp" ] && [ "$(<"$VENV/.fleet-stamp")" = "$want" ] && return
  lock_setup
  : >"$SETUP_LOG"
  say "Installing the packages of requirements/fleet.lock."
  install_lock "$FLEET_LOCK"
  printf '%s' "$want" >"$VENV/.fleet-stamp"
  exec 9>&-
}

# Whether these words, the environment, the file of settings or the home are of a fleet: its node, console or database.
is_of_fleet() {
  local file word previous='' homes=("$ROOT/var" ${MINERCONSOLE_HOME:+"$MINERCONSOLE_HOME"}) files=("$ROOT/mining_config.env")
  [ -n "${MINERCONSOLE_BROKER:-}${MINERCONSOLE_DATABASE:-}" ] && return
  case "${1:-} ${2:-}" in fleet\ * | "node run" | "node join" | "node leave") return 0 ;; esac
  for word in "$@"; do
    case $previous in --home) homes+=("$word") ;; --config) files+=("$word") ;; esac
    case $word in --home=*) homes+=("${word#*=}") ;; --config=*) files+=("${word#*=}") ;; esac
    previous=$word
  done
  for file in "${homes[@]}"; do
    [ ! -e "$file/secrets/fleet.json" ] || return 0
    files+=("$file/mining_config.env")
  done
  for file in "${files[@]}"; do
    [ -f "$file" ] && grep -qE '^[[:space:]]*(export[[:space:]]+)?(BROKER|DATABASE)[[:space:]]*=' "$file" && return
  done
  return 1
}

# --- making it -----------------------------------------------------------------------------------------------------

# Print a Python that runs and is new enough (a name on the PATH may be a shim that starts nothing).
find_python() {
  local name path
  for name in python3.13 python3.12 python3.11 python3; do
    path=$(command -v "$name") || continue
    "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { printf '%s\n' "$path"; return; }
  done
  return 1
}

python_version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

make_environment() {
  local base found
  if ! base=$(find_python); then
    base=''
    found=$(python_version python3 || true)
    has uv || fail $CANNOT_START "MinerConsole needs Python 3.11 or newer; found ${found:-none}." \
      "Install it (Debian 12, Ubuntu 24.04: sudo apt-get install python3 python3-venv) and run this again."
  fi
  mkdir "$VENV" && : >"$UNFINISHED" ||
    fail $CANNOT_START "The folder $VENV cannot be made. See that $ROOT is yours and the disk is not full."
  if has uv; then
    say "Making .venv with uv."
    uv venv --quiet --no-project --no-config --allow-existing --python "${base:->=3.11}" "$VENV" >>"$SETUP_LOG" 2>&1 && return
    [ -n "$base" ] || fail $CANNOT_START "uv found no Python 3.11 or newer and could not fetch one; see .setup.log." \
      "Install Python 3.11 and run this again."
  fi
  make_with_venv "$base"
}

make_with_venv() {
  local base=$1 version
  version=$(python_version "$base")
  if ! "$base" -c 'import venv, ensurepip' 2>/dev/null; then
    offer_packages "Python $version at $base has no venv module, which makes the environment." "python$version-venv" &&
      "$base" -c 'import venv, ensurepip' 2>/dev/null || exit $CANNOT_START
  fi
  say "Making .venv with Python $version."
  "$base" -m venv "$VENV" >>"$SETUP_LOG" 2>&1 ||
    fail $CANNOT_START "Python $version could not make $VENV: $(tail -n 1 "$SETUP_LOG") (more in .setup.log)."
}

# Install what a lock file pins, hashes checked. A kill in the middle leaves the mark, so that the next call heals it.
install_lock() {
  local was_ready=no
  [ -e "$STAMP" ] && [ ! -e "$UNFINISHED" ] && was_ready=yes
  : >"$UNFINISHED"
  if ! install_with_uv "$1" && ! install_with_pip "$1"; then
    [ $was_ready = no ] || rm -f "$UNFINISHED"  # pip changes nothing before it has everything
    explain_failed_install
  fi
  rm -f "$UNFINISHED"
}

install_with_uv() {
  has uv || return 1
  uv pip install --quiet --python "$PYTHON" --require-hashes -r "$1" >>"$SETUP_LOG" 2>&1 && return
  say "uv could not install them; trying pip."
  return 1
}

install_with_pip() {
  "$PYTHON" -c 'import pip' 2>/dev/null || "$PYTHON" -m ensurepip >>"$SETUP_LOG" 2>&1 || return
  "$PYTHON" -m pip install --quiet --no-input --disable-pip-version-check --retries 2 --require-hashes -r "$1" \
    >>"$SETUP_LOG" 2>&1
}

explain_failed_install() {
  local package
  if grep -qE 'No space left on device' "$SETUP_LOG"; then
    fail $CANNOT_START "The disk of $VENV is full: about 300 MB are needed. Make room and run this again."
  elif grep -qE 'DO NOT MATCH THE HASHES|Hash mismatch' "$SETUP_LOG"; then
    fail $CANNOT_START "A downloaded package is not the one that requirements/*.lock pins: it was not installed." \
      "Ask whoever runs your package index; details are in .setup.log."
  elif grep -qE 'Failed (to build|building)|failed to build|metadata-generation-failed' "$SETUP_LOG"; then
    package=$(grep -oE "(Failed to build|Failed building wheel for|failed to build) [\`']?[A-Za-z0-9_.-]+" "$SETUP_LOG" |
      head -n 1 | grep -oE '[A-Za-z0-9_.-]+$')
    has cc || has gcc || has clang || fail $CANNOT_START "The package ${package:-in .setup.log} has no ready-made build" \
      "for this computer and there is no C compiler to make one." \
      "Install one (Debian, Ubuntu: sudo apt-get install build-essential python3-dev) and run this again."
    fail $CANNOT_START "The package ${package:-in .setup.log} could not be built; the compiler's words are in .setup.log." \
      "Often the headers are missing: sudo apt-get install python3-dev."
  elif grep -qiE 'NewConnectionError|NameResolutionError|name resolution|Name or service not known|Network is unreachable|Connection refused|Max retries|ConnectTimeout|Read timed out|dns error|error sending request|from versions: none' "$SETUP_LOG"; then
    fail $CANNOT_START "The packages could not be downloaded: no network, or the package index does not answer." \
      "Connect this computer (or point pip to a mirror with PIP_INDEX_URL) and run this again."
  fi
  fail $CANNOT_START "The packages could not be installed: $(grep -v '^ *$' "$SETUP_LOG" | tail -n 1) (more in .setup.log)."
}

# --- packages of the system ----------------------------------------------------------------------------------------

# offer_packages SENTENCE PACKAGE…: install in CI as root, ask on a terminal, else say the command. Fails if not done.
offer_packages() {
  local sentence=$1 sudo='' answer=''; shift
  [ "$EUID" = 0 ] || sudo='sudo '
  if ! has apt-get; then
    say "$sentence Install it with your system's package manager (Debian's name: $*) and run this again."
    return 1
  elif is_ci_root; then
    say "$sentence Installing $*."
  elif [ -t 0 ] && [ -t 2 ]; then
    printf '%s\nRun this now: %sapt-get install %s ? [y/N] ' "$sentence" "$sudo" "$*" >&2
    read -r answer
    case $answer in [yY] | [yY]es) ;; *) say "Not installed."; return 1 ;; esac
  else
    say "$sentence It needs root: ${sudo}apt-get install $* ; then run this again."
    return 1
  fi
  apt_install "$sudo" "$@" || { say "apt-get could not install $*; its words are in .setup.log."; return 1; }
}

apt_install() {
  local sudo=$1; shift
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@")
  ${sudo}"${install[@]}" </dev/null >>"$SETUP_LOG" 2>&1 && return
  ${sudo}apt-get update >>"$SETUP_LOG" 2>&1 && ${sudo}"${install[@]}" </dev/null >>"$SETUP_LOG" 2>&1
}

has_system_randomx() { compgen -G '/usr/*lib*/librandomx.so*' || compgen -G '/usr/lib/*/librandomx.so*' ||
  compgen -G '/usr/local/lib/librandomx.so*'; } >/dev/null
has_packaged_randomx() { compgen -G "$VENV/lib/python3*/site-packages/cyrx/_cyrx*.so" >/dev/null; }

offer_randomx() {
  [ -n "${MINERCONSOLE_RANDOMX_LIBRARY:-}" ] || has_packaged_randomx || has_system_randomx ||
    offer_packages "The RandomX library is missing; without it nothing can mine on this computer." $RANDOMX_PACKAGE || true
}

# --- the home folder -----------------------------------------------------------------------------------------------

# Print the home folder of these arguments: --home, MINERCONSOLE_HOME, HOME in the configuration file, var/.
home_folder() {
  local word previous='' home='' config='' line
  for word in "$@"; do
    case $previous in --home) home=$word ;; --config) config=$word ;; esac
    case $word in --home=*) home=${word#*=} ;; --config=*) config=${word#*=} ;; esac
    previous=$word
  done
  home=${home:-${MINERCONSOLE_HOME:-}}
  if [ -z "$home" ]; then
    [ -n "$config" ] || config=$ROOT/var/mining_config.env
    [ -f "$config" ] || config=$ROOT/mining_config.env
    if [ -f "$config" ]; then
      while IFS= read -r line; do case $line in HOME=*|*[[:space:]]HOME*=*|HOME[[:space:]]*=*) home=ask ;; esac; done <"$config"
    fi
  fi
  if [ "$home" = ask ]; then  # the file names a home: read it as the program does
    home=$("$PYTHON" -c 'import sys; from mining.home import resolve_home
print(resolve_home(config=sys.argv[1]))' "$config" 2>/dev/null)
  fi
  home=${home:-$ROOT/var}
  printf '%s\n' "${home/#\~\//$HOME/}"
}

# Bring the database of the home up to date when the migrations or the packages are others than last time.
ensure_database() {
  local home want address name
  home=$(home_folder "$@")
  address=$(database_address "$home")
  name=${address:+of the setting DATABASE}
  name=${name:-$home/console.sqlite3}
  want="$(cd "$ROOT" && printf '%s ' */migrations/*.py) $(<"$STAMP")${address:+ $(printf '%s' "$address" | sha256sum)}"
  [ -n "$address" ] || [ -f "$home/console.sqlite3" ] && [ -r "$home/.migrated" ] && [ "$(<"$home/.migrated")" = "$want" ] && return
  mkdir -p -m 700 "$home" 2>/dev/null && [ -w "$home" ] || return 0  # the verb itself names what is wrong with it
  (umask 077 && MINERCONSOLE_HOME=$home exec "$PYTHON" "$ROOT/manage.py" migrate --verbosity 0) >>"$SETUP_LOG" 2>&1 </dev/null ||
    fail $CANNOT_START "The database $name could not be brought up to date: $(tail -n 1 "$SETUP_LOG")" \
      "(more in .setup.log)."
  printf '%s' "$want" >"$home/.migrated"
}

# Print where PostgreSQL is when the rows of this home are there; nothing where they are in its file.
database_address() {
  local file
  if [ -n "${MINERCONSOLE_DATABASE:-}" ]; then printf '%s' "$MINERCONSOLE_DATABASE"; return; fi
  for file in "$1/mining_config.env" "$ROOT/mining_config.env"; do
    [ -f "$file" ] || continue
    grep -qE '^[[:space:]]*(export[[:space:]]+)?DATABASE[[:space:]]*=' "$file" || return 0
    MINERCONSOLE_HOME=$1 "$PYTHON" -c 'import os; from mining.configuration.computer_keys import computer_text
found = computer_text("DATABASE", os.environ); print(found[0] if found else "", end="")' 2>/dev/null
    return 0
  done
}

# --- verbs ---------------------------------------------------------------------------------------------------------

run_verb() { exec "$PYTHON" "$ROOT/manage.py" "$@"; }

show() { printf '  %-8s %-22s %s\n' "$1" "$2" "$3"; }

requirements() {
  local python memory_mb code=0 entry package program
  echo "What MinerConsole needs on this computer:"
  if [ "$(uname -s)" = Linux ]; then show ok System "Linux $(uname -r)"; else show MISSING System "Linux (this is $(uname -s))"; code=$CANNOT_START; fi
  case $(uname -m) in
    x86_64 | aarch64) show ok Processor "$(uname -m)" ;;
    *) show unknown Processor "$(uname -m): only x86-64 and aarch64 are tried" ;;
  esac
  if python=$(find_python); then
    show ok "Python 3.11+" "$python ($(python_version "$python"))"
    if has uv; then show ok "Environment" "uv ($(command -v uv))"
    elif "$python" -c 'import venv, ensurepip' 2>/dev/null; then show ok "Environment" "Python's venv module"
    else show MISSING "Environment" "apt-get install python$(python_version "$python")-venv"; code=$CANNOT_START; fi
  elif has uv; then show ok "Python 3.11+" "uv fetches one"
  else show MISSING "Python 3.11+" "found $(python_version python3 || echo none): apt-get install python3 python3-venv"; code=$CANNOT_START; fi
  if [ -n "${MINERCONSOLE_RANDOMX_LIBRARY:-}" ]; then show named "RandomX library" "$MINERCONSOLE_RANDOMX_LIBRARY"
  elif has_system_randomx; then show ok "RandomX library" "the system's librandomx"
  elif has_packaged_randomx; then show ok "RandomX library" "of the Python package cyrx"
  elif [ "$(uname -m)" = x86_64 ]; then show later "RandomX library" "comes with ./manage.sh setup (Python package cyrx)"
  else show MISSING "RandomX library" "apt-get install $RANDOMX_PACKAGE"; code=$CANNOT_START; fi
  memory_mb=$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null)
  if [ "${memory_mb:-0}" -ge 3000 ]; then show ok Memory "$memory_mb MB: enough for fast mode"
  elif [ "${memory_mb:-0}" -ge 600 ]; then show slow Memory "$memory_mb MB: light mode only (fast mode: 3000 MB)"
  else show MISSING Memory "${memory_mb:-unknown} MB: light mode needs 600 MB"; code=$CANNOT_START; fi
  if has cc || has gcc; then show ok "C compiler" "only for computers without ready-made packages"
  else show no "C compiler" "needed only where a package has no ready-made build"; fi
  echo "For ./manage.sh test:"
  for entry in "${TEST_PROGRAMS[@]}"; do
    package=${entry%%:*} program=${entry#*:}
    if has_program "$program"; then show ok "$program" ""; else show no "$program" "apt-get install $package"; fi
  done
  return $code
}

has_program() {
  case $1 in
    librandomx) has_system_randomx ;;
    postgres) has postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null ;;
    *) has "$1" ;;
  esac
}

run_tests() {
  local want entry missing=() unclean=() code PROGRAMS='' PROGRAMS_LOG
  ensure_environment
  for entry in "${TEST_PROGRAMS[@]}"; do has_program "${entry#*:}" || missing+=("${entry%%:*}"); done
  [ ${#missing[@]} = 0 ] || ! is_ci_root || ! has apt-get || begin_programs
  want="$(sha256sum <"$TEST_LOCK") $(<"$STAMP")"
  if [ ! -r "$VENV/.test-stamp" ] || [ "$(<"$VENV/.test-stamp")" != "$want" ]; then
    lock_setup
    : >"$SETUP_LOG"
    say "Installing the packages of requirements/test.lock."
    install_lock "$TEST_LOCK"
    printf '%s' "$want" >"$VENV/.test-stamp"
    exec 9>&-
  fi
  if [ -n "$PROGRAMS" ]; then end_programs
  else [ ${#missing[@]} = 0 ] || offer_packages "Some tests need programs that are not installed; without them they are skipped." \
    "${missing[@]}" || true
  fi
  cd "$ROOT" || exit 1
  compile_ours minerconsole mining tests benchmarks
  say "ruff check"; "$PYTHON" -m ruff check . || unclean+=("ruff check")
  say "ruff format --check"; "$PYTHON" -m ruff format --check . || unclean+=("ruff format")
  if is_choice "$@"; then
    say "mypy"; "$PYTHON" -m mypy || unclean+=("mypy")
    say "pytest"; "$PYTHON" -m pytest "$@"; code=$?
  else
    say "pytest, and mypy meanwhile"; run_all "$@"; code=$?
  fi
  [ ${#unclean[@]} = 0 ] || { say "Not clean: ${unclean[*]} (their words stand above)."; [ $code != 0 ] || code=1; }
  exit $code
}

# In CI the programs are installed while the packages are. Of run_tests: `missing`, PROGRAMS (a pid) and its log.
begin_programs() {
  say "Installing ${missing[*]} meanwhile."
  PROGRAMS_LOG=$(mktemp) || return 0
  (SETUP_LOG=$PROGRAMS_LOG; apt_install '' "${missing[@]}") &
  PROGRAMS=$!
}

end_programs() {
  wait "$PROGRAMS" || say "apt-get could not install ${missing[*]}; its words are in .setup.log. The tests that need them are skipped."
  cat -- "$PROGRAMS_LOG" >>"$SETUP_LOG"
  rm -f -- "$PROGRAMS_LOG"
}

# Whether these words choose tests, or the long ones: such run by themselves.
is_choice() {
  local word
  for word in "$@"; do case $word in --soak* | [!-]*) return ;; esac; done
  return 1
}

# The tests of real processes wait most of the time, and their limits want the processors: mypy and the other tests run
# meanwhile, as far as those leave the processors alone, and are shown at the end.
run_all() {
  local code
  TESTS_PREPARED_HOME=$(mktemp -d) && MYPY_LOG=$(mktemp) && OTHERS_LOG=$(mktemp) || return 1
  export TESTS_PREPARED_HOME
  trap 'exit 130' INT
  nice -n 10 "$PYTHON" -m mypy >"$MYPY_LOG" 2>&1 &
  MYPY=$!
  run_others "$@" >"$OTHERS_LOG" 2>&1 &
  OTHERS=$!
  trap 'kill "$OTHERS" "$MYPY" 2>/dev/null; rm -rf -- "$MYPY_LOG" "$OTHERS_LOG" "$TESTS_PREPARED_HOME"' EXIT
  run_front "$@"; code=$?
  wait "$OTHERS"; set -- "$code" "$?"
  cat -- "$OTHERS_LOG"
  wait "$MYPY" || unclean+=("mypy")
  cat -- "$MYPY_LOG"
  trap 'rm -rf -- "$MYPY_LOG" "$OTHERS_LOG" "$TESTS_PREPARED_HOME"' EXIT  # nobody is left to be ended
  return "$(worst_of "$@")"
}

# Of exit codes of pytest the first that is not 0. 5 (no test was chosen) counts only where all parts say it.
worst_of() {
  local code found=5
  for code in "$@"; do case $code in 0) found=0 ;; 5) ;; *) printf '%s' "$code"; return ;; esac; done
  printf '%s' $found
}

run_front() {
  local codes=()
  "$PYTHON" -m pytest "$@" tests/processes/{engine,solo,stratum} tests/real/{engine,monerod}; codes+=($?)
  "$PYTHON" -m pytest -o cache_dir=.pytest_cache/fleet "$@" tests/real/{fleet,litecoind,fleet_data}; codes+=($?)
  return "$(worst_of "${codes[@]}")"
}

# Those in a browser last: they share one. Without huge pages, which the tests in front count.
run_others() {
  local codes=()
  trap 'kill "$PART" 2>/dev/null; exit 1' TERM
  export TESTS_WITHOUT_HUGE_PAGES=1
  run_part 10 others "$@" tests/unit tests/django tests/setup tests/processes/{control,doctor,terminal}; codes+=($?)
  run_part 5 browser "$@" tests/browser; codes+=($?)
  return "$(worst_of "${codes[@]}")"
}

# run_part NICENESS NAME WORDS…
run_part() {
  local niceness=$1 name=$2; shift 2
  nice -n "$niceness" "$PYTHON" -m pytest -o cache_dir=".pytest_cache/$name" "$@" &
  PART=$!; wait "$PART"
}

uninstall() {
  local python=$PYTHON home
  "$python" -c '' 2>/dev/null || python=$(find_python) ||
    fail $CANNOT_START "There is no Python that could remove it. By hand: rm -r $VENV $(home_folder "$@")"
  home=$(home_folder "$@")
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$ROOT exec "$python" -m mining.removal --checkout "$ROOT" --home "$home" "$@"
}

main() {
  local verb=${1:-help}
  [ $# = 0 ] || shift
  case $verb in
    help | -h | --help) help ;;
    requirements) requirements ;;
    setup) ensure_environment; ensure_database "$@"; say "Next: ./manage.sh mine" ;;
    test) run_tests "$@" ;;
    uninstall) uninstall "$@" ;;
    status | stop | logs)
      # They must work, and at once, also while an update waits or there is no network.
      [ -x "$PYTHON" ] && [ -e "$STAMP" ] || fail 1 "Nothing was ever started here: there is no environment yet. Begin with ./manage.sh mine."
      run_verb "$verb" "$@" ;;
    mine | console | start | restart | login) ensure_environment "$verb" "$@"; ensure_database "$@"; run_verb "$verb" "$@" ;;
    coin | wallet | pool | plan | node | token | fleet | import[-_]xmrig | rotate[-_]secrets)
      ensure_environment "$verb" "$@"; ensure_database "$@"; run_verb "$verb" "$@" ;;
    *) ensure_environment "$verb" "$@"; run_verb "$verb" "$@" ;;
  esac
}

main "$@"
