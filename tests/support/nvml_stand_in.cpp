// SPDX-License-Identifier: Apache-2.0
// A stand-in for libnvidia-ml: two GPUs, with 3 and 4 GB in use.
#define EXPORTED extern "C" __attribute__((visibility("default")))

struct Memory {
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};

namespace {
unsigned long long used_bytes[] = {3'000'000'000, 4'000'000'000};
}

EXPORTED int nvmlInit_v2() { return 0; }

EXPORTED int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = 2;
  return 0;
}

EXPORTED int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  *device = &used_bytes[index];
  return 0;
}

EXPORTED int nvmlDeviceGetMemoryInfo(void* device, Memory* memory) {
  *memory = {8'000'000'000, 0, *static_cast<unsigned long long*>(device)};
  return 0;
}
