"""kctl plugin: commands that programs on PATH add."""

from minikube_py.cli.command import Family

COMMAND = Family(
    "plugin",
    "Provides utilities for interacting with plugins",
    "[flags]",
    {"list": ("plugin_list", "List all visible plugin executables on a user's PATH")},
    long="""Look after plugins, programs that add commands.

 A program on PATH that is called kctl-foo or kubectl-foo is run by "kctl foo", kctl-foo-bar by "kctl foo bar": the longest name that fits
 decides. Where the command has a hyphen, the program's name has an underscore: kctl-foo_bar is "kctl foo-bar". Plugins never take the
 place of a command that kctl has.

 Plugins that are Python packages are another thing; they are listed nowhere here.""",
    examples="  # See which plugins there are\n  kctl plugin list\n",
)
