// SPDX-License-Identifier: Apache-2.0
// A stand-in for libnvidia-ml: two GPUs, "GPU-0" and "GPU-1", with 3 and 4 of 8 GB in use.
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
  const unsigned long long used = *static_cast<unsigned long long*>(device);
  *memory = {8'000'000'000, 8'000'000'000 - used, used};
  return 0;
}

EXPORTED int nvmlDeviceGetHandleByUUID(const char* uuid, void** device) {
  const char last = uuid[0] == 'G' ? uuid[4] : '\0';
  if (last != '0' && last != '1') return 6;  // NVML_ERROR_NOT_FOUND
  *device = &used_bytes[last - '0'];
  return 0;
}
