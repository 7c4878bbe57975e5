"""The tests of featlang; a package, so that tests share the strategies."""
