// SPDX-License-Identifier: Apache-2.0
// forget_code_pages: what a program needed to start leaves its memory.
#pragma once

namespace tandem {

/// The pages of code and constants of the program and of its libraries leave this process's memory; those that are
/// needed again come back one by one from the system's cache of their files. For a program that has started and goes on
/// for long: most of what an engine runs through while it loads is never run again. A break point that a debugger has
/// set before is lost.
void forget_code_pages();

}  // namespace tandem
