"""The aggregates, a file each; `AGGREGATES` is the table that the compiler and the hosts look up."""

from featlang.stdlib.aggregates.all import ALL_TRUE
from featlang.stdlib.aggregates.any import ANY_TRUE
from featlang.stdlib.aggregates.avg import AVG
from featlang.stdlib.aggregates.count import COUNT
from featlang.stdlib.aggregates.count_distinct import COUNT_DISTINCT
from featlang.stdlib.aggregates.count_if import COUNT_IF
from featlang.stdlib.aggregates.declaration import AggregateDeclaration
from featlang.stdlib.aggregates.first import FIRST
from featlang.stdlib.aggregates.last import LAST
from featlang.stdlib.aggregates.max import MAX
from featlang.stdlib.aggregates.min import MIN
from featlang.stdlib.aggregates.stddev import STDDEV
from featlang.stdlib.aggregates.sum import SUM
from featlang.stdlib.aggregates.var import VAR

AGGREGATES: dict[str, AggregateDeclaration] = {
    declaration.name: declaration
    for declaration in (
        COUNT,
        COUNT_IF,
        SUM,
        AVG,
        MIN,
        MAX,
        FIRST,
        LAST,
        ANY_TRUE,
        ALL_TRUE,
        STDDEV,
        VAR,
        COUNT_DISTINCT,
    )
}
