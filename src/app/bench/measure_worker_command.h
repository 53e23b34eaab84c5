// SPDX-License-Identifier: Apache-2.0
// The verb `measure-worker`, which is not for people: the process of one side of a comparison.
#pragma once

#include "app/command.h"

namespace tandem::app {

void add_measure_worker_command(CLI::App& program, Context& context, Action& action);

}  // namespace tandem::app
