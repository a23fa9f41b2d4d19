#!/usr/bin/env bash
# Each row of the README's table of severities, from a leak's bytes through an indexed scan to `findings`.
set -u
# shellcheck source=tests/lib/tap.sh
. "$LEAKTRAWL_SOURCE/tests/lib/tap.sh"
# shellcheck source=tests/lib/scans.sh
. "$LEAKTRAWL_SOURCE/tests/lib/scans.sh"
need jq
enter_work
make_home
printf 'address,name,team,privileged\nchief@royal-post.example,Ann Chief,IT,true\nclerk@royal-post.example,Bo Clerk,Sales,false\n' >home/staff.csv

bcrypt='$2y$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234'
md5=72dfec8488b93514986ef127963ad890
future=$(($(date +%s) + 8640000)) past=$(($(date +%s) - 8640000))

mkdir lists
cat >lists/ulp.txt <<END
https://access.royal-post.example/remote/login:clerk@royal-post.example:Heron-Weir-1
https://access.royal-post.example/remote/login:bare.login:Heron-Weir-2
https://partner.test/:clerk@royal-post.example:Heron-Weir-3
https://shop.royal-post.example/login:stranger@mail.test:Heron-Weir-4
https://partner.test/:chief@royal-post.example:Heron-Weir-5
https://royal-post.example:clerk@royal-post.example:Heron-Weir-6
https://wiki.royal-post.example/:some.login:Heron-Weir-7
END
cat >lists/combo.txt <<END
clerk@royal-post.example:Heron-Weir-8
chief@royal-post.example:Heron-Weir-9
END
cat >lists/hashes.txt <<END
clerk@royal-post.example:$bcrypt
one@royal-post.example:$md5
chief@royal-post.example:$bcrypt
END
printf 'ROYALPOST\\two:1104:aad3b435b51404eeaad3b435b51404ee:%s:::\n' "$md5" >lists/ntds.txt
printf 'https://access.royal-post.example/:three@royal-post.example:%s\n' "$bcrypt" >lists/staff-hash.txt
{
	printf 'access.royal-post.example\tFALSE\t/\tTRUE\t0\tDSID\t7f3c9a51d0invented1\n'
	printf 'wiki.royal-post.example\tFALSE\t/\tTRUE\t%s\tJSESSIONID\t7f3c9a51d0invented2\n' "$future"
	printf 'docs.royal-post.example\tFALSE\t/\tTRUE\t0\tJSESSIONID\t7f3c9a51d0invented3\n'
	printf 'old.royal-post.example\tFALSE\t/\tTRUE\t%s\tJSESSIONID\t7f3c9a51d0invented4\n' "$past"
} >lists/jar.txt
for age in 30 700; do
	mkdir -p "logs/PC-$age"
	printf 'URL: https://partner.test/\nUsername: pc%s@royal-post.example\nPassword: Heron-Weir-%s\nApplication: Chrome\n===============\n' \
		"$age" "$age" >"logs/PC-$age/Passwords.txt"
	printf 'Build ID: x\nHWID: %s-INVENTED\nLog date: %s\nUserName: u%s\n' "$age" "$(date -d "-$age days" '+%-m/%-d/%Y %-I:%M:%S %p')" "$age" \
		>"logs/PC-$age/UserInformation.txt"
done
mkdir logs/PC-30/Cookies
printf '.login.microsoftonline.com\tTRUE\t/\tTRUE\t%s\tESTSAUTHPERSISTENT\t0.AAAinvented1\n' "$future" >logs/PC-30/Cookies/Chrome.txt
lt scan "$work/lists" "$work/logs" >/dev/null 2>&1
lt findings --format jsonl >found 2>/dev/null

# severity NAME WANTED FILTER: of the one finding that the jq filter picks
severity() {
	is "$1" "$(jq -r "select($3) | .severity" found)" "$2"
}
of() { printf '.account == "%s" and .service == "%s"' "$1" "$2"; }

severity "a password of staff on a host only staff use is critical" critical \
	"$(of clerk@royal-post.example access.royal-post.example) and .kind == \"password\""
severity "any log-in on such a host is critical where all who log in are staff" critical "$(of bare.login access.royal-post.example)"
severity "a password of staff elsewhere is high" high "$(of clerk@royal-post.example partner.test)"
severity "one step more where the account is privileged" critical "$(of chief@royal-post.example partner.test)"
severity "a password alone is high" high '.account == "clerk@royal-post.example" and .kind == "password" and (has("service") | not)'
severity "a stranger on a host whose role nobody told is medium" medium "$(of some.login wiki.royal-post.example)"
severity "a customer's password is low" low "$(of stranger@mail.test shop.royal-post.example)"
is "a row that looks made up has low confidence" \
	"$(jq -r "select($(of clerk@royal-post.example royal-post.example)) | .confidence" found)" low
severity "and two steps less" low "$(of clerk@royal-post.example royal-post.example)"
severity "a hash that takes long to crack is two steps below its password" low '.account == "clerk@royal-post.example" and .kind == "hash"'
severity "one that cracks fast is one step below" medium '.account == "one@royal-post.example"'
severity "one that opens doors as it is stands as the password" high '.account == "ROYALPOST\\two"'
is "and is known for what it is" "$(jq -r 'select(.account == "ROYALPOST\\two") | .hash.format' found)" ntlm
severity "of privileged staff one step more" medium '.account == "chief@royal-post.example" and .kind == "hash"'
severity "of a staff host two below critical" medium '.account == "three@royal-post.example"'
severity "a cookie of a sign-on for several services is critical" critical '.cookie.name == "ESTSAUTHPERSISTENT"'
severity "a cookie of a staff host is high" high '.cookie.domain == "access.royal-post.example"'
severity "a cookie that lives is high" high '.cookie.domain == "wiki.royal-post.example"'
severity "one of which nobody knows is medium" medium '.cookie.domain == "docs.royal-post.example"'
severity "one that has expired is low" low '.cookie.domain == "old.royal-post.example"'
severity "from a machine infected lately it is high" high '.account == "pc30@royal-post.example"'
severity "from one infected long ago a step less" medium '.account == "pc700@royal-post.example"'

done_testing
