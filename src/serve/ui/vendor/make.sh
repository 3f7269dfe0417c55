#!/usr/bin/env bash
# Makes the vendored files anew from the published packages named in VENDOR.md, and says their SHA-256 for its table.
# Needs Node with npm, only here: the page itself is built by nothing.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --save-exact \
  preact@11.2.0 htm@3.1.1 @fontsource-variable/inter@5.3.0 esbuild@0.28.2

cat >entry.mjs <<'JS'
import { h, render } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import htm from 'htm';
export { render, useEffect, useMemo, useState };
export const html = htm.bind(h);
JS
npx esbuild entry.mjs --bundle --minify --format=esm --target=chrome85 --legal-comments=none \
  --banner:js='// preact 11.2.0 (MIT) and htm 3.1.1 (Apache-2.0), bundled by make.sh: see VENDOR.md.' \
  --outfile="$here/preact-htm.mjs"

fonts=node_modules/@fontsource-variable/inter/files
mkdir -p "$here/fonts"
cp "$fonts/inter-latin-wght-normal.woff2" "$fonts/inter-vietnamese-wght-normal.woff2" "$here/fonts/"

cp node_modules/preact/LICENSE "$here/LICENSE.preact"
cp node_modules/htm/LICENSE "$here/LICENSE.htm"
cp node_modules/@fontsource-variable/inter/LICENSE "$here/LICENSE.inter"

cd "$here"
sha256sum preact-htm.mjs fonts/*.woff2
