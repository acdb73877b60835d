/** The names that the simulation gives. */
export const accountNumber = (index: number): string => `OP${String(index).padStart(10, '0')}`
