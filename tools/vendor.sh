#!/bin/sh
# Fetch the front end's pinned files from npm into tracker/static/vendor, each with its licence and its hash.
set -eu
version=2.0.11
into=$(cd "$(dirname "$0")/.." && pwd)/tracker/static/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "htmx.org@$version" >/dev/null && tar -xzf htmx.org-*.tgz)
cp "$work/package/dist/htmx.min.js" "$into/htmx.min.js"
cp "$work/package/LICENSE" "$into/htmx.LICENSE"
cat >"$into/VERSIONS.txt" <<TEXT
htmx.min.js  htmx.org $version (npm, dist/htmx.min.js), 0BSD: htmx.LICENSE
sha256 $(sha256sum "$into/htmx.min.js" | cut -d ' ' -f 1)
TEXT
