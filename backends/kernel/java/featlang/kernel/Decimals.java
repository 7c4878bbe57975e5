package featlang.kernel;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Arrays;

/**
 * How decimals are held: the whole number that they are without their point, in 16 bytes, big-endian, with the sign bit flipped. So
 * those of one type compare as unsigned bytes do.
 */
public final class Decimals {
    public static final int LENGTH = 16;

    /** The longest text of a number that is read as a decimal, and the greatest exponent in one. */
    static final int LONGEST = 400;

    private static final BigInteger[] POWERS = powers();
    private static final BigInteger MOST = BigInteger.ONE.shiftLeft(127).subtract(BigInteger.ONE);

    private Decimals() {
    }

    /** A number as it is held. What 16 bytes do not hold becomes the greatest or least that they do, which no type has. */
    public static byte[] encoded(BigInteger unscaled) {
        byte[] encoded = new byte[LENGTH];
        BigInteger held = unscaled.bitLength() < LENGTH * 8 ? unscaled : unscaled.signum() < 0 ? MOST.negate() : MOST;
        byte[] shortest = held.toByteArray();
        if (held.signum() < 0) {
            Arrays.fill(encoded, (byte) 0xFF);
        }
        System.arraycopy(shortest, 0, encoded, LENGTH - shortest.length, shortest.length);
        encoded[0] ^= (byte) 0x80;
        return encoded;
    }

    /** The number without its point. */
    public static BigInteger unscaled(byte[] encoded) {
        byte[] plain = encoded.clone();
        plain[0] ^= (byte) 0x80;
        return new BigInteger(plain);
    }

    /** Of a constant, with just the digits behind the point that its type has. */
    public static byte[] of(String text) {
        return encoded(new BigDecimal(text).unscaledValue());
    }

    /** The number that is held. */
    public static BigDecimal value(Structure type, byte[] encoded) {
        return new BigDecimal(unscaled(encoded), type.scale());
    }

    /** The nearest decimal of a type, of two the one whose last digit is even; null where it would have too many digits. */
    static byte[] nearest(Structure type, BigDecimal value) {
        BigInteger unscaled = value.setScale(type.scale(), RoundingMode.HALF_EVEN).unscaledValue();
        return fits(type, unscaled) ? encoded(unscaled) : null;
    }

    static boolean fits(Structure type, BigInteger unscaled) {
        return unscaled.abs().compareTo(POWERS[type.precision()]) < 0;
    }

    /** What a {@linkplain NumberText#isNumber number} says; null where it, or its exponent, is longer than what is read. */
    static BigDecimal parsed(String number) {
        if (number.length() > LONGEST) {
            return null;
        }
        int exponent = Math.max(number.indexOf('e'), number.indexOf('E'));
        if (exponent >= 0) {
            String digits = number.substring(exponent + 1).replaceFirst("^[+-]?0*", "");
            if (digits.length() > 3 || !digits.isEmpty() && Integer.parseInt(digits) > LONGEST) {
                return null;
            }
        }
        return new BigDecimal(number);
    }

    /** The text of a value: all of its digits. */
    public static String text(Structure type, byte[] encoded) {
        return value(type, encoded).toPlainString();
    }

    private static BigInteger[] powers() {
        BigInteger[] powers = new BigInteger[LENGTH * 8];
        powers[0] = BigInteger.ONE;
        for (int i = 1; i < powers.length; i++) {
            powers[i] = powers[i - 1].multiply(BigInteger.TEN);
        }
        return powers;
    }
}
