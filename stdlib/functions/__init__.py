"""The functions, by theme; `FUNCTIONS` is the table that the compiler and the hosts look up."""

from featlang.stdlib.functions.decimals import DECIMALS
from featlang.stdlib.functions.declaration import FunctionDeclaration
from featlang.stdlib.functions.hashes import HASHES
from featlang.stdlib.functions.lists import LISTS
from featlang.stdlib.functions.numbers import NUMBERS
from featlang.stdlib.functions.patterns import PATTERNS
from featlang.stdlib.functions.texts import TEXTS
from featlang.stdlib.functions.times import TIMES

FUNCTIONS: dict[str, FunctionDeclaration] = {
    declaration.name: declaration for declaration in (*NUMBERS, *DECIMALS, *TEXTS, *LISTS, *PATTERNS, *TIMES, *HASHES)
}
