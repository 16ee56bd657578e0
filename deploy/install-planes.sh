#!/bin/sh
# Installs nginx and HAProxy from Debian's or Ubuntu's packages where they are missing. As root, or with sudo.
set -eu
missing=""
PATH="$PATH:/usr/sbin:/sbin"
command -v nginx >/dev/null || missing="nginx"
[ -e /usr/lib/nginx/modules/ngx_stream_module.so ] || nginx -V 2>&1 | grep -q -- '--with-stream\( \|$\)' || missing="$missing libnginx-mod-stream"
command -v haproxy >/dev/null || missing="$missing haproxy"
command -v curl >/dev/null || missing="$missing curl"
[ -n "$missing" ] || exit 0

sudo=""
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || { echo "install-planes: $missing missing; run as root or install sudo: apt-get install $missing" >&2; exit 1; }
	sudo=sudo
fi
command -v apt-get >/dev/null || { echo "install-planes: no apt-get here; install $missing with your package manager" >&2; exit 1; }
echo "installing: $missing"
# The distribution's own services would take ports 80 and 443: they are not started. policy-rc.d is how Debian says so.
policy=/usr/sbin/policy-rc.d
made=""
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
	$sudo chmod 755 $policy
	made=yes
fi
trap '[ -z "$made" ] || $sudo rm -f $policy' EXIT
$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
