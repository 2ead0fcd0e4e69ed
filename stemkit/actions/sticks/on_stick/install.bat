@echo off
rem Installs stemkit from this stick for the person who runs it. No network is needed.
chcp 65001 >nul
cd /d "%~dp0"
for %%V in (@PYTHONS@) do (
  py -%%V -c "pass" >nul 2>&1 && (
    py -%%V stick\install.py %*
    goto done
  )
)
python -c "import sys" >nul 2>&1 && (
  python stick\install.py %*
  goto done
)
echo Máy này chưa có Python. Hãy cài Python @NEWEST@ từ python.org, rồi chạy lại.
echo   (This computer has no Python. Install Python @NEWEST@ from python.org, then run this again.)
:done
pause
