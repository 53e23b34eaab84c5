// SPDX-License-Identifier: Apache-2.0
// The style and the script of the profile's own pictures.
#pragma once

#include <string_view>

namespace tandem::profile {

inline constexpr std::string_view kPartsStyle = R"css(
svg .roof { fill: none; stroke: var(--ink); stroke-width: 2; }
svg circle { fill-opacity: 0.55; stroke-width: 1; }
#parts { position: relative; overflow: hidden; border-radius: 8px; background: var(--card); }
.part { position: absolute; box-sizing: border-box; height: 25px; padding: 3px 5px; border-right: 1px solid var(--page);
  border-radius: 3px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; cursor: pointer; font-size: 12px; color: #10131a; }
.part.scope { background: #c6cedd; }
.part:hover, .part:focus { filter: brightness(1.12); outline: none; }
)css";

inline constexpr std::string_view kPartsScript = R"js(
const parts = [...document.querySelectorAll('.part')];
function widen(left, width) {
  for (const part of parts) {
    const begin = (part.dataset.left - left) / width, size = part.dataset.width / width;
    part.style.display = begin + size <= 1e-6 || begin >= 1 - 1e-6 ? 'none' : '';
    const from = Math.max(begin, 0), to = Math.min(begin + size, 1);
    part.style.left = 100 * from + '%';
    part.style.width = 100 * (to - from) + '%';
  }
}
for (const part of parts) {
  const choose = () => widen(+part.dataset.left, +part.dataset.width);
  part.addEventListener('click', choose);
  part.addEventListener('keydown', (event) => { if (event.key === 'Enter') choose(); });
}
)js";

}  // namespace tandem::profile
