#!/bin/sh
# Installs what builds and tests the browser's part of the builder (ui/frontend), if there is a fitting Node.js.
# Nobody needs it to run Leadline: what it builds is in the repository.
set -eu
cd "$(dirname "$0")/../ui/frontend"

fits='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
if ! command -v npm >/dev/null 2>&1 || ! node -e "$fits" 2>/dev/null; then
  echo "No Node.js 20.19 or newer with npm here: the front end is not built again, and its own tests are skipped."
  exit 0
fi

echo "Installing the tools of the front end ..."
npm ci --silent --no-audit --no-fund || echo "They could not be installed; the tests that need them will be skipped."
