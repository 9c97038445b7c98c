import { isTopic, type Topic } from "@holdfast/schemas";

/** What topics and groups are called on the brokers: a prefix before our own name, which exists only here. */
export type Names = {
  readonly ofTopic: (topic: Topic) => string;
  readonly ofGroup: (group: string) => string;
  /** @throws when the broker names a topic that is not ours. */
  readonly topicOf: (name: string) => Topic;
};

export function namesWith(prefix: string): Names {
  return {
    ofTopic: (topic) => prefix + topic,
    ofGroup: (group) => prefix + group,
    topicOf: (name) => {
      const topic = name.slice(prefix.length);
      if (!name.startsWith(prefix) || !isTopic(topic))
        throw new TypeError(`Kafka gave a record of ${name}, which is no topic of ours`);
      return topic;
    },
  };
}
