// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/written_ledger.hpp"

#include "core/ledger/slots.hpp"
#include "core/sys/files.hpp"
#include "tests/support/temp_directory.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::tests::fuzz {

Result<core::Ledger> read_written(std::string_view text, const core::JailName& jail) {
  static const TempDirectory kDirectory;
  const UniqueFd directory(open(kDirectory.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  // A new file each time: ext4 writes a truncated one back to the disk at once.
  unlinkat(directory.get(), core::kLedgerName, 0);
  const UniqueFd file(
      openat(directory.get(), core::kLedgerName, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return system_error(errno, "make a ledger");
  JR_TRY(sys::write_all(file.get(), text));
  return core::read_ledger(directory.get(), jail);
}

}  // namespace jailrun::tests::fuzz
