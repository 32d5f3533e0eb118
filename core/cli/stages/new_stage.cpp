// SPDX-License-Identifier: Apache-2.0
// new-stage: a directory in which a plugin author begins, copied from share/jailrun/templates/<language>.
#include "core/base/prefix.hpp"
#include "core/base/printable.hpp"
#include "core/base/text.hpp"
#include "core/cli/commands.hpp"
#include "core/cli/marks.hpp"
#include "core/cli/output.hpp"
#include "core/sys/directories.hpp"
#include "core/sys/fd.hpp"
#include "core/sys/remove_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailrun::core::cli {
namespace {

// The templates are code that compiles; so they have a real name instead of marks, in
// each form in which a name is written.
struct Names {
  std::string id;         // template-stage
  std::string symbol;     // template_stage
  std::string type;       // TemplateStage
  std::string directory;  // /path/to/template-stage
};

Names names_of(const std::string& id, const std::string& directory) {
  Names names = {id, id, "", directory};
  std::replace(names.symbol.begin(), names.symbol.end(), '-', '_');
  bool starts_word = true;
  for (const char letter : id) {
    const bool is_lower = letter >= 'a' && letter <= 'z';
    if (letter != '-') names.type += starts_word && is_lower ? static_cast<char>(letter - 'a' + 'A') : letter;
    starts_word = letter == '-';
  }
  // Never one of the SDK's own: Plan, Context, Stage.
  constexpr std::string_view kEnd = "Stage";
  const bool is_marked = names.type.size() > kEnd.size() &&
                         names.type.compare(names.type.size() - kEnd.size(), kEnd.size(), kEnd) == 0;
  if (!is_marked) names.type += kEnd;
  return names;
}

std::string filled_in(const std::string& text, const Names& names) {
  return replace_marks(text, {{"/path/to/template-stage", names.directory},
                              {"template-stage", names.id},
                              {"template_stage", names.symbol},
                              {"TemplateStage", names.type}});
}

Result<void> validate_name(const std::string& id) {
  const auto is_good = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
  };
  const bool is_word = !id.empty() && id.size() <= 64 && id.front() >= 'a' && id.front() <= 'z' &&
                       id.back() != '-' && std::all_of(id.begin(), id.end(), is_good);
  if (!is_word)
    return input_error(
        "new-stage: '" + printable(id) +
        "' can't be a stage's name: it must have 1 to 64 lower-case letters, digits and hyphens, "
        "begin with a letter and not end with a hyphen");
  // The runner's own section, and targets of the templates' builds.
  for (const std::string_view taken :
       {"jailrun", "all", "clean", "help", "install", "package", "package-source", "test", "stage-test"})
    if (id == taken) return input_error("new-stage: the name '" + id + "' is reserved; choose another");
  return {};
}

Result<void> write_new(int directory, const std::string& name, const std::string& text) {
  const UniqueFd file(
      openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file) return system_error(errno, "make " + name);
  size_t at = 0;
  while (at < text.size()) {
    const ssize_t count = write(file.get(), text.data() + at, text.size() - at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "write " + name);
    at += static_cast<size_t>(count);
  }
  return {};
}

// Copies the contents of `from` into the directory `to`, which is new.
Result<void> copy_tree(const std::string& from, int to, const Names& names) {
  for (const std::string& name : sys::list_directory(from)) {
    const std::string path = from + "/" + name;
    const std::string target = filled_in(name, names);
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return system_error(errno, "stat " + path);
    if (S_ISDIR(status.st_mode)) {
      if (mkdirat(to, target.c_str(), 0755) != 0) return system_error(errno, "make " + target);
      const UniqueFd below(openat(to, target.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!below) return system_error(errno, "open " + target);
      JR_TRY(copy_tree(path, below.get(), names));
      continue;
    }
    std::ifstream file(path);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    if (text.empty()) return input_error("new-stage: " + path + " can't be read; reinstall jailrun");
    JR_TRY(write_new(to, target, filled_in(text, names)));
  }
  return {};
}

Result<std::string> template_for(const std::string& language) {
  JR_ASSIGN(const std::string prefix, installed_prefix());
  const std::string all = prefix + "/share/jailrun/templates";
  std::vector<std::string> known = sys::list_directory(all);
  std::sort(known.begin(), known.end());
  if (known.empty()) return input_error("new-stage: there are no templates in " + all);
  if (std::find(known.begin(), known.end(), language) != known.end()) return all + "/" + language;
  return input_error("--lang: there is no template for '" + language + "'; choose one of " +
                     joined(known, ", "));
}

Result<void> make_stage(const std::string& id, const std::string& language) {
  JR_TRY(validate_name(id));
  JR_ASSIGN(const std::string source, template_for(language));
  char cwd[PATH_MAX];
  if (getcwd(cwd, sizeof cwd) == nullptr) return system_error(errno, "find the working directory");
  if (mkdir(id.c_str(), 0755) != 0)
    return errno == EEXIST ? input_error("new-stage: " + id + " exists already, and nothing is overwritten")
                           : system_error(errno, "make the directory " + id);
  const UniqueFd directory(open(id.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return system_error(errno, "open " + id);
  Result<void> copied = copy_tree(source, directory.get(), names_of(id, std::string(cwd) + "/" + id));
  if (!copied) (void)sys::remove_tree(sys::Place(AT_FDCWD, id));  // half a template would only mislead
  return copied;
}

}  // namespace

Result<int> new_stage(const CommandLine& line) {
  JR_ASSIGN(const Parsed parsed, parse(line, new_stage_options(), {}, true));
  if (parsed.operands.size() != 1)
    return input_error("new-stage: name the stage, as jailrun new-stage NAME --lang c|cpp|rust");
  const auto& languages = parsed.values.of("lang");
  const std::string language = languages.empty() ? "cpp" : languages.back().text;
  const std::string& id = parsed.operands.front();
  JR_TRY(make_stage(id, language));
  print(id + ": its README.md says how to build, test and use the stage\n");
  return 0;
}

}  // namespace jailrun::core::cli
