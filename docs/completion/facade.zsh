#compdef facade
autoload -U +X bashcompinit && bashcompinit
_facade() {
  local path='' word next count=0 at words='' current='' previous='' typed=()
  # Bash takes a:b for three words, and ids such as event:NAME are one.
  for ((at = 0; at <= COMP_CWORD; at++)); do
    word=${COMP_WORDS[at]}
    if ((at > 0)) && [[ $word == : || ${COMP_WORDS[at-1]} == : ]]; then
      typed[${#typed[@]}-1]+=$word
    else
      typed+=("$word")
    fi
  done
  current=${typed[${#typed[@]}-1]} previous=${typed[${#typed[@]}-2]}
  for ((at = 1; at < ${#typed[@]} - 1; at++)); do
    word=${typed[at]}
    next=${path:+$path }$word
    case "$next" in
    ''|'start'|'status'|'routes'|'explain'|'flip'|'override'|'rollback'|'access'|'compare'|'mismatches'|'show'|'replay'|'ignore'|'promote'|'report'|'audit'|'guard'|'guard list'|'guard release'|'sockets'|'sockets list'|'sockets drain'|'sockets cancel-drain'|'jobs'|'jobs list'|'jobs take'|'jobs return'|'jobs hand-back'|'check'|'completion') path=$next count=0 ;;
    *) [[ $word == -* ]] || count=$((count + 1)) ;;
    esac
  done
  case "$path $previous" in
    'start --tls-min-version') words='TLSv1.2 TLSv1.3' ;;
    'start --engine-mode') words='spawn url off' ;;
    'start --answers-served-by') words='none browsers all' ;;
    'start --log-level') words='error warn info debug' ;;
    'routes --stage') words='legacy shadow canary verify engine retired' ;;
    'report --format') words='html markdown' ;;
    'sockets list --side') words='legacy engine' ;;
    'sockets drain --side') words='legacy engine' ;;
  esac
  if [[ -z $words && $current != -* ]]; then
    case "$path:$count" in
    'explain:0') words='' ;;
    'explain:1') words='' ;;
    'flip:0') words=$(facade routes --ids 2>/dev/null || facade routes --offline --ids 2>/dev/null) ;;
    'flip:1') words='legacy shadow canary split verify engine retired' ;;
    'override:0') words=$(facade routes --ids 2>/dev/null || facade routes --offline --ids 2>/dev/null) ;;
    'override:1') words='legacy engine' ;;
    'access:0') words=$(facade routes --ids 2>/dev/null || facade routes --offline --ids 2>/dev/null) ;;
    'access:1') words='public device operator admin open hardened' ;;
    'compare:0') words=$(facade routes --ids 2>/dev/null || facade routes --offline --ids 2>/dev/null) ;;
    'mismatches:0') words=$(facade routes --ids 2>/dev/null || facade routes --offline --ids 2>/dev/null) ;;
    'show:0') words='' ;;
    'replay:0') words=$(facade routes --ids 2>/dev/null || facade routes --offline --ids 2>/dev/null) ;;
    'ignore:0') words=$(facade routes --ids 2>/dev/null || facade routes --offline --ids 2>/dev/null) ;;
    'ignore:1') words='' ;;
    'promote:0') words=$(facade routes --ids 2>/dev/null || facade routes --offline --ids 2>/dev/null) ;;
    'report:0') words=$(facade routes --ids 2>/dev/null || facade routes --offline --ids 2>/dev/null) ;;
    'guard release:0') words=$(facade routes --ids 2>/dev/null || facade routes --offline --ids 2>/dev/null) ;;
    'jobs take:0') words='' ;;
    'jobs return:0') words='' ;;
    'completion:0') words='bash zsh fish' ;;
    esac
  fi
  if [[ -z $words ]]; then
    case "$path" in
    '') words='start status routes explain flip override rollback access compare mismatches show replay ignore promote report audit guard sockets jobs check completion --version --json --config --admin-url --token-file --help' ;;
    'start') words='--listen-host --listen-port --tls-certificate --tls-key --tls-min-version --trusted-proxies --legacy-url --legacy-ca --legacy-pin --legacy-server-name --engine-mode --engine-url --engine-ready-timeout-ms --project-root --root --database --server-root --certificates --table --table-poll-ms --state-directory --admin-host --admin-port --admin-token --limits-header-bytes --limits-headers-timeout-ms --limits-idle-connection-ms --limits-idle-body-ms --limits-connect-timeout-ms --limits-side-connections --limits-shutdown-ms --answers-served-by --breaker-failures --breaker-open-ms --alerts-webhooks --alerts-ca --alerts-timeout-ms --alerts-deadline-ms --sockets-split-ping-interval-ms --sockets-split-ping-timeout-ms --sockets-split-message-bytes --sockets-split-legacy-message-bytes --sockets-split-buffer-bytes --sockets-split-link-buffer-bytes --sockets-split-connections-per-address --sockets-split-events-per-second --sockets-split-reregister-per-second --shadow-connections --shadow-legacy-connections --shadow-dry-runs --shadow-dry-run-timeout-ms --shadow-copy-timeout-ms --shadow-queue --shadow-max-wait-ms --shadow-head-start-ms --shadow-max-body-bytes --shadow-body-wait-ms --shadow-max-buffered-bytes --shadow-max-lag-ms --shadow-max-busy-percent --shadow-max-core-wait-percent --shadow-noise-percent --shadow-way-back-percent --shadow-observer-searched-rows --shadow-observer-searched-bytes --shadow-observer-core-percent --shadow-observer-max-effects-bytes --shadow-observer-max-age-ms --shadow-observer-silence-ms --evidence-mismatches-per-row --evidence-matches-per-row --evidence-days --evidence-megabytes --evidence-redact-headers --evidence-redact-keys --evidence-redact-patterns --log-level --log-directory --log-requests --version --json --config --admin-url --token-file --help' ;;
    'status') words='--version --json --config --admin-url --token-file --help' ;;
    'routes') words='--stage --offline --ids --version --json --config --admin-url --token-file --help' ;;
    'explain') words='--event --header --address --offline --version --json --config --admin-url --token-file --help' ;;
    'flip') words='--why --percent --by --force --dry-run --version --json --config --admin-url --token-file --help' ;;
    'override') words='--why --for --version --json --config --admin-url --token-file --help' ;;
    'rollback') words='--why --to --force --version --json --config --admin-url --token-file --help' ;;
    'access') words='--why --version --json --config --admin-url --token-file --help' ;;
    'compare') words='--all --export --version --json --config --admin-url --token-file --help' ;;
    'mismatches') words='--path --export --version --json --config --admin-url --token-file --help' ;;
    'show') words='--version --json --config --admin-url --token-file --help' ;;
    'replay') words='--limit --version --json --config --admin-url --token-file --help' ;;
    'ignore') words='--why --owner --expires --version --json --config --admin-url --token-file --help' ;;
    'promote') words='--percent --by --force --why --version --json --config --admin-url --token-file --help' ;;
    'report') words='--format --output --version --json --config --admin-url --token-file --help' ;;
    'audit') words='--limit --show --version --json --config --admin-url --token-file --help' ;;
    'guard') words='list release --version --json --config --admin-url --token-file --help' ;;
    'guard list') words='--version --json --config --admin-url --token-file --help' ;;
    'guard release') words='--why --version --json --config --admin-url --token-file --help' ;;
    'sockets') words='list drain cancel-drain --version --json --config --admin-url --token-file --help' ;;
    'sockets list') words='--side --limit --version --json --config --admin-url --token-file --help' ;;
    'sockets drain') words='--rate --why --side --version --json --config --admin-url --token-file --help' ;;
    'sockets cancel-drain') words='--version --json --config --admin-url --token-file --help' ;;
    'jobs') words='list take return hand-back --version --json --config --admin-url --token-file --help' ;;
    'jobs list') words='--disagreeing --limit --version --json --config --admin-url --token-file --help' ;;
    'jobs take') words='--why --force --version --json --config --admin-url --token-file --help' ;;
    'jobs return') words='--why --force --version --json --config --admin-url --token-file --help' ;;
    'jobs hand-back') words='--why --wait --offline --version --json --config --admin-url --token-file --help' ;;
    'check') words='--offline --paths --tokens --version --json --config --admin-url --token-file --help' ;;
    'completion') words='--version --json --config --admin-url --token-file --help' ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  # What stands before the last colon is typed already, as bash sees it.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*:}"}"}")
  fi
}
complete -o default -F _facade facade
