#!/bin/sh
# Installs the Debian packages that the test suite needs, when run as root on a Debian or Ubuntu. Does nothing else.
set -eu

wanted=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || wanted="$wanted postgresql"
command -v chromium >/dev/null 2>&1 || wanted="$wanted chromium"

[ -n "$wanted" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "Not installed here:$wanted. Tests that need them will be skipped. As root on Debian: apt-get install$wanted"
  exit 0
fi

echo "Installing for the tests:$wanted ..."
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends $wanted >/dev/null
