# SPDX-License-Identifier: Apache-2.0
# ./dev bench [tandem bench options]: measures each demo model with the release build; what it prints was measured now.
source tools/dev/steps.sh
bash tools/dev/setup.sh run
build_preset release tandem
for model in models/weights/*.onnx; do
  build/release/tandem bench "$model" "$@"
  say ''
done
