# SPDX-License-Identifier: Apache-2.0
# ./dev test [ctest options]: builds the dev preset completely and runs every test that is not labelled slow.
source tools/dev/steps.sh
bash tools/dev/setup.sh test
build_preset dev
exec ctest --test-dir build/dev -j "$(nproc)" --output-on-failure --no-tests=error -LE slow "$@" </dev/null
