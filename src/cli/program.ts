// The command line: names, options, help. A command is loaded when it runs: help needs none of them.
import { Command, CommanderError, Option } from "@commander-js/extra-typings";
import packageJson from "../../package.json" with { type: "json" };
import { Exit, type ExitCode } from "../errors.ts";
import type { Surroundings } from "./io.ts";

/** Runs the command that `args` name. @throws ReportError for what we understand */
export async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  let status: ExitCode = Exit.Ok;
  const { terminal } = surroundings;
  let help = "";
  let complaint = "";

  const program = new Command("logdigest")
    .description("Who got in, who tried, who was banned: one e-mail a night, and only when there is something to tell.")
    .version(packageJson.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        help += text;
      },
      writeErr: (text) => {
        complaint += text;
      },
    })
    .showSuggestionAfterError()
    .addHelpText(
      "after",
      `
Examples:
  logdigest report --stdout                       preview tonight's digest
  logdigest report                                the scheduled run: send it when there is something to tell
  logdigest report --date yesterday --stdout      another day
  logdigest report --root /mnt/mini --stdout      another machine's logs
  logdigest parse /var/log/auth.log | head        what each line says, as JSON
  logdigest check                                 what works, what does not, and what to do
  logdigest outbox list                           mail that could not leave yet
  logdigest history                               how the last nights went

Exit status: 0 done; 64 usage; 65 a log was damaged or partly unread; 66 a log was missing; 69 mail refused;
70 bug; 73 cannot write; 75 try again later; 78 config.`,
    );

  program
    .command("report")
    .description("report a window: the one that is due, or the one that is asked for")
    .option("--date <day>", "that local day: 2026-11-19, yesterday, today, -1d")
    .option("--since <time>", "from this time on: 2026-11-19 or 2026-11-19T08:00")
    .option("--until <time>", "up to this time")
    .option("--stdout", "print the digest instead of sending it")
    .addOption(new Option("--format <format>", "of --stdout or --output").choices(["text", "html", "json"] as const))
    .option("--output <file>", "write the digest to a file instead of sending it")
    .option("--root <dir>", "read DIR/var/log/... instead of this machine's logs")
    .option("--log <path...>", "read exactly these files")
    .option("--send", "with --root or --log: send as configured")
    .option("--config <file>", "read this config")
    .option("--time-zone <zone>", "zone of days and of stamps that state none, as Europe/Rome")
    .option("--now <time>", "act as if it were this time")
    .option("--all", "ignore the allowlist")
    .option("--quiet", "say nothing but errors")
    .option("--verbose", "say what is done")
    .action(async (options) => {
      const { reportCommand } = await import("./report.ts");
      status = await reportCommand(options, surroundings);
    });

  program
    .command("parse")
    .description("print one JSON object for every line that is recognised")
    .argument("<file...>", "logs, plain or packed; - for standard input")
    .option("--time-zone <zone>", "zone of stamps that state none")
    .option("--year <year>", "year of the first line, where stamps have none")
    .option("--explain", "print what was not understood instead: the shapes of those lines, how often, and why")
    .action(async (files, options) => {
      const { parseCommand } = await import("./parse.ts");
      status = await parseCommand(files, options, surroundings);
    });

  program
    .command("check")
    .description("say what works, what does not, and what to do: config, logs, state, schedule, mail")
    .option("--config <file>", "read this config")
    .option("--send-test", "send the last digest to everybody")
    .action(async (options) => {
      const { checkCommand } = await import("./check.ts");
      status = await checkCommand(options, surroundings);
    });

  program
    .command("history")
    .description("print how the last nights went")
    .option("--nights <count>", "how many; 30 unless it is said")
    .addOption(new Option("--format <format>", "of the output").choices(["text", "json", "csv"] as const))
    .option("--config <file>", "read this config")
    .action(async (options) => {
      const { historyCommand } = await import("./history.ts");
      status = await historyCommand(options, surroundings);
    });

  program
    .command("templates")
    .description("the templates of mail and page")
    .command("export")
    .description("copy the built-in ones into a folder, to be changed there")
    .argument("<dir>", "a folder without templates")
    .action(async (dir) => {
      const { exportTemplates } = await import("./templates.ts");
      status = await exportTemplates(dir, surroundings);
    });

  const outbox = program.command("outbox").description("mail that could not leave yet, or was refused");
  const config = ["--config <file>", "read this config"] as const;
  outbox
    .command("list")
    .description("say what waits, and why")
    .option(...config)
    .addOption(new Option("--format <format>", "json: one object a message").choices(["text", "json"] as const))
    .action(async (options) => {
      const { listOutbox } = await import("./outbox.ts");
      status = await listOutbox(options, surroundings);
    });
  outbox
    .command("send")
    .description("try again now; with an id also those who refused it")
    .argument("[id...]", "as outbox list names it")
    .option(...config)
    .action(async (ids, options) => {
      const { sendOutbox } = await import("./outbox.ts");
      status = await sendOutbox(ids, options, surroundings);
    });
  outbox
    .command("drop")
    .description("forget a message")
    .argument("<id...>", "as outbox list names it")
    .option(...config)
    .action(async (ids, options) => {
      const { dropOutbox } = await import("./outbox.ts");
      status = await dropOutbox(ids, options, surroundings);
    });

  if (args.length === 0) {
    if (terminal.attended) await terminal.print(program.helpInformation());
    else terminal.say("logdigest: no command: write report, check or parse (logdigest --help shows what there is)");
    return Exit.Usage;
  }
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) {
      await terminal.print(help);
      return Exit.Ok;
    }
    // The suggestion stands on a line of its own.
    const problem = (complaint || thrown.message)
      .trim()
      .replace(/\s*\n\s*/g, " ")
      .replace(/^error: /, "");
    terminal.say(`logdigest: ${problem} (logdigest --help shows what there is)`);
    return Exit.Usage;
  }
  return status;
}
