"""The parser: one-line errors, options that work before and after the command, help that is plain text.

It knows how commands are described, not which there are: each family of commands adds its own.
"""

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from splitdose.cli.shell import Shell
from splitdose.core.amount import quote, whole_number
from splitdose.core.errors import BadInput

Command = Callable[[Shell], int]


class HelpShown(Exception):
    """The person asked for help or the version, which `text` holds."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(text)


class Parser(argparse.ArgumentParser):
    """An argument parser that raises instead of printing and leaving."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, add_help=False, **options)
        self.color = False  # since Python 3.14 help has colours unless told not to
        # "-10m" is a time, ten minutes ago; argparse lets only plain negative numbers follow an option.
        self._negative_number_matcher = re.compile(r"-\.?[0-9]")
        self.add_argument("-h", "--help", action="help", help="show this help and leave")

    def error(self, message: str) -> NoReturn:
        unknown = re.match(r"argument COMMAND: invalid choice: '(.*?)' \(", message, re.DOTALL)
        what = f"unknown command {quote(unknown[1])}" if unknown else message.replace("argument ", "", 1)
        raise BadInput(what, f"{self.prog} --help shows how it is used")

    def print_help(self, file: object = None) -> NoReturn:
        raise HelpShown(self.format_help())

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse, and let words that follow an option still fill the places that are empty.

        argparse settles all optional words at the first one it meets: of `take baclofen --at 13:05 afternoon` it
        would leave "afternoon" over.
        """
        found, left = super().parse_known_args(args, namespace)
        for action in self._positionals._group_actions:
            if action.nargs == "?" and getattr(found, action.dest, None) is None:
                word = next((word for word in left if not word.startswith("-")), None)
                if word is not None:
                    left.remove(word)
                    setattr(found, action.dest, word)
        if left and self._subparsers is None:
            # Left over here they would be told by the main parser, which knows less about them.
            self.error(f"unrecognized arguments: {' '.join(left)}")
        return found, left

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """Read the words of one argument; of `--note=--` argparse would make no word at all."""
        if action.option_strings and arg_strings == ["--"]:
            return "--"
        return super()._get_values(action, arg_strings)


class _Version(argparse.Action):
    """Shows the version."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from splitdose import __version__

        raise HelpShown(f"splitdose {__version__}\n")


_EVERYWHERE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--data", {"metavar": "DIR", "help": "the folder that holds plan and log (else $SPLITDOSE_DATA)"}),
    ("--ascii", {"action": "store_true", "help": "signs and fractions in ASCII: 1/2, not a glyph"}),
)
_JSON: dict[str, Any] = {"action": "store_true", "help": "answer in JSON"}


class Commands:
    """The commands of one parser, added family by family."""

    def __init__(self, parser: Parser, *, title: str, metavar: str = "COMMAND") -> None:
        self._found = parser.add_subparsers(title=title, metavar=metavar, dest=argparse.SUPPRESS, parser_class=Parser)

    def add(
        self, name: str, run: Command, help: str, *, about: str = "", examples: str = "", json: bool = True
    ) -> Parser:
        """Add a command.

        Args:
            name: the word that is typed.
            run: what it does.
            help: one line for the list of commands.
            about: more, for its own help.
            examples: lines for its own help.
            json: whether it answers in JSON when asked to.
        """
        parser = self._new(name, help, about, examples)
        parser.set_defaults(run=run, takes_json=json, command=parser.prog)
        if json:
            parser.add_argument("--json", default=argparse.SUPPRESS, **_JSON)
        return parser

    def group(self, name: str, help: str, *, about: str = "", examples: str = "") -> "Commands":
        """Add a command that has commands of its own."""
        parser = self._new(name, help, about, examples)

        def incomplete(_: Shell) -> int:
            raise BadInput(f"{parser.prog} needs to know what to do", f"{parser.prog} --help lists it")

        parser.set_defaults(run=incomplete, takes_json=True)
        return Commands(parser, title="commands")

    def _new(self, name: str, help: str, about: str, examples: str) -> Parser:
        sentence = help[:1].upper() + help[1:] + "."
        indented = "\n".join(f"  {line}" for line in examples.splitlines())
        parser: Parser = self._found.add_parser(
            name, help=help, description=f"{sentence}\n\n{about}" if about else sentence,
            epilog=f"examples:\n{indented}" if examples else None,
        )  # fmt: skip
        everywhere(parser)
        return parser


def everywhere(parser: Parser) -> None:
    """Add the options that every command takes; left out they leave no trace, so they work on both sides."""
    for flag, options in _EVERYWHERE:
        parser.add_argument(flag, default=argparse.SUPPRESS, **options)


def main_parser(version: str = "show the version and leave") -> Parser:
    """The parser of `splitdose` itself, without commands yet."""
    parser = Parser(
        prog="splitdose",
        description="Keeps a record of split medicine doses and reminds of them. Without a command it opens the app.",
        epilog="exit codes: 0 done, 1 refused or declined, 2 bad input, 3 could not be saved,\n"
        "4 existing data can't be read\n\n"
        "Splitdose gives no medical advice. In an emergency call your local emergency number.",
    )
    everywhere(parser)
    parser.add_argument("--json", default=argparse.SUPPRESS, **_JSON)
    parser.add_argument("--version", action=_Version, nargs=0, help=version)
    return parser


def number(typed: str, name: str, most: int) -> int:
    """The whole number from 1 to `most` that an option was given.

    Raises:
        BadInput: it is none.
    """
    found = whole_number(typed, 1, most)
    if found is None:
        raise BadInput(f"{name} is {quote(typed)}", f"give a whole number from 1 to {most}")
    return found
