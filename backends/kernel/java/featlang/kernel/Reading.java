package featlang.kernel;

/** How reading a field's value ended. */
enum Reading {
    VALUE,
    /** The field has the wrong kind, or a text that its type cannot be read from. */
    TYPE,
    /** The value is outside its type's range. */
    RANGE,
    /** Within the value a null stands where none may be. */
    NULL,
    /** A map has a key twice. */
    REPEATED
}
