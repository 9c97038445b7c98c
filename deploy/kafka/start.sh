#!/bin/sh
# One node of Kafka for docker-compose.yml: formatted at its first start with a user for each service, every right denied until
# `holdfast topics apply` gives it. Three nodes on three machines are what keeps records; this one shows Holdfast on a broker.
set -eu

HOME_OF_KAFKA=${KAFKA_HOME:-/opt/kafka}
SECRETS=${KAFKA_SECRETS:-/run/holdfast}
DATA=${KAFKA_DATA:-/var/lib/kafka/data}
CLIENTS=${KAFKA_CLIENTS:-0.0.0.0:9092}
ADVERTISED=${KAFKA_ADVERTISED:-kafka:9092}
INSIDE=${KAFKA_INSIDE:-127.0.0.1:9093}
CONTROL=${KAFKA_CONTROL:-127.0.0.1:9094}
SCRATCH=${KAFKA_SCRATCH:-/tmp}
USERS="admin intake triage policy approval executor audit"

password() { cat "$SECRETS/kafka-$1.password"; }

umask 077
PROPERTIES=$SCRATCH/server.properties
# With itself the node speaks PLAIN on loopback, because SCRAM users stand in the very log that it must read first.
INTER="org.apache.kafka.common.security.plain.PlainLoginModule required username=\"broker\" password=\"$(password broker)\" user_broker=\"$(password broker)\";"
cat > "$PROPERTIES" <<P
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@$CONTROL
controller.listener.names=CONTROLLER
inter.broker.listener.name=BROKER
listeners=CLIENT://$CLIENTS,BROKER://$INSIDE,CONTROLLER://$CONTROL
advertised.listeners=CLIENT://$ADVERTISED,BROKER://$INSIDE
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,BROKER:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.client.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.client.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.broker.plain.sasl.jaas.config=$INTER
listener.name.controller.plain.sasl.jaas.config=$INTER
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:broker;User:admin
allow.everyone.if.no.acl.found=false
auto.create.topics.enable=false
log.dirs=$DATA
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
P

if [ ! -e "$DATA/meta.properties" ]; then
  set --
  for user in $USERS; do set -- "$@" --add-scram "SCRAM-SHA-512=[name=$user,password=$(password "$user")]"; done
  # 16 random bytes in URL base64: hexadecimal digits are valid there, and the last one must leave the spare bits 0.
  id=$(od -An -N11 -tx1 /dev/urandom | tr -d ' \n' | cut -c1-21)A
  "$HOME_OF_KAFKA/bin/kafka-storage.sh" format --cluster-id "$id" --config "$PROPERTIES" "$@"
fi
exec "$HOME_OF_KAFKA/bin/kafka-server-start.sh" "$PROPERTIES"
