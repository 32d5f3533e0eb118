// SPDX-License-Identifier: Apache-2.0
// The small formats: records, JSON strings, tables, errors.
#include "core/base/text.hpp"

#include "core/base/json.hpp"
#include "core/base/message.hpp"
#include "core/base/printable.hpp"
#include "core/cli/table.hpp"
#include "core/plan/record.hpp"
#include "core/sys/capabilities.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace jailrun::core {
namespace {

TEST(Record, EveryByteSurvivesARoundTrip) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const std::string line = encode(Record().add("all", all));
  for (const char c : line) EXPECT_TRUE(c > ' ' && c < 0x7f) << int{c};
  const Result<Record> read = decode(line);
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value().text("all"), all);
}

TEST(Record, FieldsKeepTheirOrderAndMayComeTwice) {
  const std::string line = encode(Record().add("b", "1").add("a", "").add("b", "2"));
  EXPECT_EQ(line, "b=1 a= b=2");
  const Result<Record> read = decode(line);
  ASSERT_TRUE(read);
  ASSERT_EQ(read.value().fields().size(), 3U);
  EXPECT_EQ(read.value().fields()[2].key, "b");
  EXPECT_EQ(read.value().fields()[2].value, "2");
}

TEST(Record, NumbersAreReadAsDecimalAndModesAsOctal) {
  const Record record = Record().add("n", UINT64_MAX).add("mode", octal(0750));
  EXPECT_EQ(record.text("mode"), "0750");
  EXPECT_EQ(record.number("n"), UINT64_MAX);
  EXPECT_EQ(record.number("mode"), 0750U);
}

TEST(Record, AnAbsentFieldIsEmptyAndZero) {
  EXPECT_EQ(Record().text("x"), "");
  EXPECT_EQ(Record().number("x"), 0U);
}

TEST(Record, AnEmptyLineIsAnEmptyRecord) {
  const Result<Record> read = decode("");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read.value().fields().empty());
}

TEST(Record, ABrokenLineIsRefused) {
  for (const char* line : {"word", "a=1 word", "a=%", "a=%4", "a=%zz", "a=%4g", "=%", "a=1  b=2"})
    EXPECT_FALSE(decode(line)) << line;
}

TEST(Record, ACompleteEscapeAtTheEndIsRead) {
  const Result<Record> read = decode("a=x%41");
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value().text("a"), "xA");
}

TEST(Octal, HasALeadingZero) {
  EXPECT_EQ(octal(0), "0");
  EXPECT_EQ(octal(0600), "0600");
  EXPECT_EQ(octal(04755), "04755");
}

TEST(Json, AStringIsInQuotes) { EXPECT_EQ(json_string("abc"), "\"abc\""); }

TEST(Json, QuotesBackslashesAndControlCharactersAreEscaped) {
  EXPECT_EQ(json_string("\"\\"), R"("\"\\")");
  EXPECT_EQ(json_string(std::string_view("\0\n\x1f", 3)), R"("\u0000\u000a\u001f")");
  EXPECT_EQ(json_string("\x7f\u0080\u009b"), R"("\u007f\u0080\u009b")");
  EXPECT_EQ(json_string("a\u202eb\u2066"), R"("a\u202eb\u2066")");  // what changes the direction of writing
}

TEST(Json, ValidUtf8IsLeftAsItIs) {
  const std::string text = "\u00e9\u20ac\U0001F600\u00a0";
  EXPECT_EQ(json_string(text), "\"" + text + "\"");
}

TEST(Json, InvalidUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(json_string("\x80"), R"("\ufffd")");  // a continuation without a beginning
  EXPECT_EQ(json_string("\xc3"), R"("\ufffd")");  // a beginning without its continuation
  EXPECT_EQ(json_string("\xc3"
                        "a"),
            R"("\ufffda")");                                                    // the next character is kept
  EXPECT_EQ(json_string("\xc0\xaf"), R"("\ufffd\ufffd")");                      // overlong: "/" in two bytes
  EXPECT_EQ(json_string("\xe0\x80\xaf"), R"("\ufffd\ufffd\ufffd")");            // overlong in three
  EXPECT_EQ(json_string("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");            // a surrogate
  EXPECT_EQ(json_string("\xf4\x90\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")");  // beyond U+10FFFF
  EXPECT_EQ(json_string("\xff"), R"("\ufffd")");
}

TEST(Json, AnObjectHasItsMembersInTheOrderInWhichTheyAreAdded) {
  EXPECT_EQ(JsonObject().text(), "{}");
  EXPECT_EQ(JsonObject()
                .add("b", "x\"")
                .add("a", std::string("y"))
                .add("number", -1)
                .add("large", UINT64_MAX)
                .add("flag", true)
                .add_raw("list", "[1]")
                .text(),
            R"({"b":"x\"","a":"y","number":-1,"large":18446744073709551615,"flag":true,"list":[1]})");
}

TEST(Json, AKeyIsEscapedAsAStringIs) { EXPECT_EQ(JsonObject().add("\n", "").text(), R"({"\u000a":""})"); }

TEST(Json, AnArrayIsOnOneLineOrHasALineForEachItem) {
  EXPECT_EQ(JsonArray().text(), "[]");
  EXPECT_EQ(JsonArray().add("a").add_raw("{}").text(), R"(["a",{}])");
  constexpr auto kLines = JsonArray::Layout::kOneItemPerLine;
  EXPECT_EQ(JsonArray(kLines).text(), "[]");
  EXPECT_EQ(JsonArray(kLines).add("a").add("b").text(), "[\n\"a\",\n\"b\"\n]");
}

TEST(Text, BytesAreShownInLowerCaseHexadecimal) {
  const uint8_t bytes[] = {0x00, 0x0f, 0xa0, 0xff};
  EXPECT_EQ(hex(bytes, sizeof bytes), "000fa0ff");
  EXPECT_EQ(hex(bytes, 0), "");
}

TEST(Text, WordsAreJoinedByTheSeparator) {
  EXPECT_EQ(joined({}, ", "), "");
  EXPECT_EQ(joined({"a"}, ", "), "a");
  EXPECT_EQ(joined({"", "b", "c"}, ", "), ", b, c");
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  cli::Table table({"A", "LONG", "C"});
  table.add({"wide", "x", "end"});
  EXPECT_EQ(table.text(),
            "A     LONG  C\n"
            "wide  x     end\n");
}

TEST(Table, TheLastColumnIsNotPadded) {
  cli::Table table({"A", "B"});
  table.add({"1", "long"});
  table.add({"2", "s"});
  EXPECT_EQ(table.text(), "A  B\n1  long\n2  s\n");
}

TEST(Table, ControlCharactersAreShownAsQuestionMarks) {
  cli::Table table({"a\x1b[2J\n\x7f"});
  EXPECT_EQ(table.text(), "a?[2J??\n");
}

// U+009B, in UTF-8, begins an escape sequence as ESC [ does.
TEST(Table, TheEightBitControlCharactersAreNotShownEither) {
  cli::Table table(
      {"a\xc2\x9b"
       "2J"});
  EXPECT_EQ(table.text().find("\xc2\x9b"), std::string::npos);
}

TEST(Table, LettersBeyondAsciiAreShown) { EXPECT_EQ(cli::Table({"caf\u00e9"}).text(), "caf\u00e9\n"); }

TEST(Table, LettersBeyondAsciiCountAsOneColumn) {
  cli::Table table({"caf\u00e9", "B"});
  table.add({"four", "x"});
  EXPECT_EQ(table.text(), "caf\u00e9  B\nfour  x\n");
}

TEST(Message, NamesTheErrnoIfThereIsOne) {
  EXPECT_EQ(message(system_error(EACCES, "mount /dev/pts")), "mount /dev/pts: Permission denied");
  EXPECT_EQ(message(input_error("no such stage")), "no such stage");
}

TEST(Message, ContextComesBeforeTheSentence) {
  EXPECT_EQ(message(system_error(ENOENT, "open x").within("stage devices")),
            "stage devices: open x: No such file or directory");
}

TEST(Message, ContextAloneNeedsNoSentence) {
  EXPECT_EQ(message(system_error(ENOENT, "").within("exec /vmm")), "exec /vmm: No such file or directory");
}

TEST(CapabilityNames, AreThoseOfTheManual) {
  EXPECT_EQ(sys::capability_names(0), "-");
  EXPECT_EQ(sys::capability_names(uint64_t{1} << 27 | 1), "CAP_CHOWN CAP_MKNOD");
  EXPECT_EQ(sys::capability_names(uint64_t{1} << 40), "CAP_CHECKPOINT_RESTORE");
  EXPECT_EQ(sys::capability_names(uint64_t{1} << 41), "capability-41");
}

// Some terminals obey 0x9B, in UTF-8 or alone, as they obey ESC [; a name written backwards looks like
// another.
TEST(Printable, NeitherControlsTheTerminalNorTurnsTheText) {
  EXPECT_EQ(printable("a\x9b"
                      "2J"),
            "a?2J");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "2J"),
            "a?2J");
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b\xe2\x81\xa6"
                      "c\xd8\x9c"
                      "d"),
            "a?b?c?d");
  EXPECT_EQ(printable("\xe2\x80\xa8\xe2\x80\xa9\n\x7f\xff"), "?????");
  EXPECT_EQ(printable("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9f"), "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9f");
}

}  // namespace
}  // namespace jailrun::core
