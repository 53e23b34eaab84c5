// SPDX-License-Identifier: Apache-2.0
// tandem store add: a file becomes a version of a model of the store.
#pragma once

#include <string>

#include "app/command.h"
#include "base/error.h"
#include "store/store_writer.h"

namespace tandem::app {

/// Must outlive the parsing of the command line.
struct StoreAddFlags {
  std::string file;
  std::string store = "models";
  std::string name;
  std::string task;
  std::string architecture;
  std::string dataset;
  std::string date;      // "": today
  std::string metadata;  // a JSON file
  std::string config;    // a YAML file
  bool no_load = false;

  void add_to(CLI::App& verb);
};

/// Adds without printing what was stored. Makes the store when there is none, and says so.
Result<Added> add_file(const Context& context, const StoreAddFlags& flags);

/// Prints what was stored. Makes the store when there is none, and says so.
Status store_add(const Context& context, const StoreAddFlags& flags);

}  // namespace tandem::app
