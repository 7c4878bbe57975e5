package featlang.flink;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.RowTypeInfo;

import featlang.kernel.Column;
import featlang.kernel.SourceReader;
import featlang.kernel.Source;
import featlang.kernel.Stage;
import featlang.kernel.Structure;

/** The names and types of a stream's rows, in a form that Flink can send to tasks. */
public record RowShape(String[] names, Structure[] types, boolean[] nullable) implements Serializable {
    /** Of records that did not become events: the record whole, where it stands, why. */
    public static final RowShape REFUSED = of(SourceReader.REFUSED);

    /** Of a gate's log. */
    public static final RowShape EFFECTIVE = of(SourceReader.EFFECTIVE);

    private static final long serialVersionUID = 1;

    /** The shape of rows of these columns. */
    public static RowShape of(Column... columns) {
        String[] names = new String[columns.length];
        Structure[] types = new Structure[columns.length];
        boolean[] nullable = new boolean[columns.length];
        for (int i = 0; i < columns.length; i++) {
            names[i] = columns[i].name();
            types[i] = columns[i].structure();
            nullable[i] = columns[i].nullable();
        }
        return new RowShape(names, types, nullable);
    }

    /** The shape of a group's rows; the stage's class is that of the thread's context class loader. */
    public static RowShape ofGroup(String stageClass, String group) {
        Stage stage = stage(stageClass);
        return of(stage.columns(position(stage, group)));
    }

    /** The shape of a group's rows of the online store. */
    public static RowShape ofStored(String stageClass, String group) {
        Stage stage = stage(stageClass);
        return of(stage.stored(position(stage, group)));
    }

    /** The shape of the rows of a stream, which end in a stage. */
    public static RowShape ofStream(String stageClass, String stream) {
        Stage stage = stage(stageClass);
        return of(stage.streamColumns(position(stageClass, stage.streams(), stream)));
    }

    /** The shape of the rows of a stream that visits no stage. */
    public static RowShape ofDirect(String sourceClass, String stream) {
        Source source = Classes.create(Thread.currentThread().getContextClassLoader(), sourceClass, Source.class);
        return of(source.streamColumns(position(sourceClass, source.streams(), stream)));
    }

    private static Stage stage(String stageClass) {
        return Classes.create(Thread.currentThread().getContextClassLoader(), stageClass, Stage.class);
    }

    private static int position(Stage stage, String group) {
        return position(stage.getClass().getName(), stage.groups(), group);
    }

    private static int position(String className, String[] names, String name) {
        int position = Arrays.asList(names).indexOf(name);
        if (position < 0) {
            throw new IllegalArgumentException(className + " has no " + name);
        }
        return position;
    }

    /** The position of the column of this name. */
    int position(String name) {
        return List.of(names).indexOf(name);
    }

    /** The columns, as the kernel describes them. */
    public Column[] columns() {
        Column[] columns = new Column[names.length];
        for (int i = 0; i < names.length; i++) {
            columns[i] = new Column(names[i], types[i], nullable[i], null, false);
        }
        return columns;
    }

    /** Flink's type of these rows. */
    public RowTypeInfo typeInfo() {
        TypeInformation<?>[] fields = new TypeInformation<?>[types.length];
        for (int i = 0; i < types.length; i++) {
            fields[i] = switch (types[i].type()) {
                case BOOL -> Types.BOOLEAN;
                case FLOAT -> Types.DOUBLE;
                case STRING -> Types.STRING;
                case BYTES, DECIMAL, LIST, MAP, STRUCT -> Types.PRIMITIVE_ARRAY(Types.BYTE);
                case INT, TIMESTAMP, DURATION, DATE -> Types.LONG;
            };
        }
        return new RowTypeInfo(fields, names);
    }
}
