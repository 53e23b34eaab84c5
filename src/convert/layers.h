// SPDX-License-Identifier: Apache-2.0
// The layers that networks share, all of them: from a checkpoint's tensors to nodes of the graph.
#pragma once

#include "convert/layers/activation.h"
#include "convert/layers/attention.h"
#include "convert/layers/convolution.h"
#include "convert/layers/feature.h"
#include "convert/layers/join.h"
#include "convert/layers/linear.h"
#include "convert/layers/norm.h"
#include "convert/layers/pool.h"
#include "convert/layers/resize.h"
#include "convert/layers/squeeze_excite.h"
