/** Rows of the records that some member is working on: see `work-marks.ts`. */
export const WORK_TABLE = `CREATE TABLE IF NOT EXISTS work(grp TEXT, topic TEXT, partition INTEGER, offset INTEGER, member TEXT NOT NULL,
    running INTEGER NOT NULL, crashes INTEGER NOT NULL, silent INTEGER NOT NULL, PRIMARY KEY(grp, topic, partition, offset)) STRICT, WITHOUT ROWID;`;
