#!/bin/bash
# Which machine a finding stands on, and what that makes ours beside it, in layouts of folders, archives and pastes; near misses among them.
set -u
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
for tool in 7z python3; do
	command -v "$tool" >/dev/null || skip_all "$tool is missing"
done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
umask 077
cat >"$work/leaktrawl.yml" <<'END'
organisation: Royal Post
watch:
  domains: [royal-post.example]
  hosts:
    - {name: access.royal-post.example, role: staff}
    - {name: vpn.royal-post.example, role: staff}
    - {name: shop.royal-post.example, role: public}
  services: [tickets.saas.test]
  keywords: ["Royal Post"]
  logon_domains: [ROYALPOST]
END
unsandboxed=()
sandboxed || unsandboxed=(--allow-unsandboxed)
python3 "$LEAKTRAWL_SOURCE/tests/generate/machine_layouts.py" "$work" "$LEAKTRAWL_BUILD/leaktrawl" scan "${unsandboxed[@]}" \
	--config "$work/leaktrawl.yml" --no-index --reveal --format jsonl --jobs 2
