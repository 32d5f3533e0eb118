// SPDX-License-Identifier: Apache-2.0
// Run by the build: writes the table of the twins, from the files that were linked for the stages that ship.
//
//   jailrun-twin-table OUTPUT STAGE.SO...
//
// Two sources, so that a program that does not verify files does not carry their digests.
#include "core/base/message.hpp"
#include "core/plugin/link_id.hpp"
#include "core/plugin/segments.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace jailrun::core {
namespace {

namespace fs = std::filesystem;

template <class Bytes>
std::string in_braces(const Bytes& bytes) {
  std::string text = "{{";
  for (const uint8_t byte : bytes) text += std::to_string(byte) + ",";
  return text + "}}";
}

struct Sources {
  std::string declarations;
  std::string twins;
  std::string digests;
  std::string names = " ";
};

void add(Sources& sources, const fs::path& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const std::optional<LinkId> link = read_link_id(fd);
  close(fd);
  if (!link) throw std::runtime_error(file.string() + " has no sha1 build-id at its beginning");
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(stream), {});
  const Result<Sha256> digest = digest_of_segments(bytes);
  if (!digest) throw std::runtime_error(file.string() + " " + message(digest.error()));
  const std::string stage = file.stem();
  std::string symbol = "jailrun_stage_" + stage;
  std::replace(symbol.begin(), symbol.end(), '-', '_');
  sources.declarations += "extern const jr_stage_descriptor " + symbol + ";\n";
  sources.twins += "    {\"" + stage + "\", {" + in_braces(link->build_id) + ", " +
                   std::to_string(link->in_file) + ", " + std::to_string(link->in_memory) + "}, &" + symbol +
                   "},\n";
  sources.names += stage + " ";
  sources.digests += "    {\"" + stage + "\", " + in_braces(digest.value()) + "},\n";
}

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  if (!(std::ofstream(file) << "#include \"core/plugin/twin.hpp\"\n" << text))
    throw std::runtime_error("can't write " + file.string());
}

void make_table(const fs::path& output, std::vector<std::string> files) {
  std::sort(files.begin(), files.end());
  Sources sources;
  for (const std::string& file : files) add(sources, file);
  const std::string begin = "namespace jailrun::core {\nstatic constexpr ";
  const std::string end = "};\nconstinit const std::span<const ";
  write(output / "twins.cpp", sources.declarations + begin + "Twin kAll[] = {\n" + sources.twins + end +
                                  "Twin> kShippedTwins = kAll;\nconst char kShippedNames[] = \"" +
                                  sources.names + "\";\n}\n");
  write(output / "digests.cpp", begin + "TwinDigest kAll[] = {\n" + sources.digests + end +
                                    "TwinDigest> kShippedDigests = kAll;\n}\n");
}

}  // namespace
}  // namespace jailrun::core

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  try {
    jailrun::core::make_table(argv[1], {argv + 2, argv + argc});
    return 0;
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "jailrun-twin-table: %s\n", exception.what());
  }
  return 1;
}
