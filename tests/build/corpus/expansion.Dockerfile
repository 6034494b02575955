FROM base
ENV A=one B="two words" C='$A' D=\$A
ENV E=${A} F=${NOT:-else} G=${A:+set} H=${NOT:+set}
ENV A=changed K=$A
ENV L=$A$B M="$A and ${B}" N=a\ b
ENV old style   with  blanks
LABEL a=$A "b c"="$B" d='$A'
WORKDIR /$A/${K}
COPY ${E}.txt ./$K.txt
USER ${UID:-1234}
EXPOSE ${PORT:-8080}
VOLUME /v/${A}
CMD echo $A
