#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Type-checks the web page with Debian's TypeScript compiler (package node-typescript); writes nothing.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
command -v tsc >/dev/null || {
  echo "web_types: tsc was not found. Run ./dev setup check, or install Debian's package node-typescript." >&2
  exit 1
}
exec tsc --noEmit --project web/tsconfig.json
